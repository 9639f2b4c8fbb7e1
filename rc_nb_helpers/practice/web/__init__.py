"""Web: all of it over HTTP, as a tornado application above one backend.

Pages are for people, JSON is for programs. This room may touch everything but ``platform``. In it, arrows run one way:
site, arrival, base, faults, then pages and programs, then a module for each place.
"""

from __future__ import annotations

from tornado.web import Application

from ..backend import Backend
from ..company.resources import Resources
from ..controls import Controls
from . import api, authorize, board, board_names, check, console, controls, home, openid, seat, stuck, token
from .arrival import PrefixedApplication
from .board_feed import BoardFeed
from .not_found import NotFoundHandler
from .site import Site
from .stuck_footer import stuck_footer


def make_application(
    backend: Backend, *, commands: Controls, server_url: str, browser_url: str, open_to_network: bool, port: int
) -> Application:
    """The application that serves ``backend`` at ``server_url``, and to browsers at ``browser_url``.

    Args:
        backend: The platform's state.
        commands: What can be done to it from outside the protocol.
        server_url: The address that programs use.
        browser_url: The address that browsers use.
        open_to_network: Whether other computers can reach it: then it also answers to this computer's own names, and
            gives no credentials away.
        port: The one that it listens on.
    """
    resources = Resources(server_url, seed=backend.seed)
    site = Site(backend, commands, server_url, browser_url, open_to_network, port, resources)
    return PrefixedApplication(
        [
            *authorize.ROUTES,
            *token.ROUTES,
            *openid.ROUTES,
            *api.ROUTES,
            *console.ROUTES,
            *controls.ROUTES,
            *board.ROUTES,
            *board_names.ROUTES,
            *stuck.ROUTES,
            *seat.ROUTES,
            *home.ROUTES,
            *check.ROUTES,
        ],
        default_handler_class=NotFoundHandler,
        site=site,
        board_feed=BoardFeed(backend),
        learners_foot=stuck_footer,
        # tornado's own log writes the request line, which holds codes and the parameters of sign-ins.
        log_function=lambda handler: None,
    )
