"""Every failure a person can meet, with its cause and its cure.

Each error says three things: what happened, why, and what to do next. ``str(error)`` is fit to
show to a newcomer and never holds a secret. RingCentral's own error codes are explained in one
place, the :data:`~rc_nb_helpers.catalogue.CATALOGUE`, which :func:`explain` reads.

The tree::

    RingCentralError
    ├── ConfigurationError
    ├── PlatformUnreachable
    │   └── LoginUnreachable
    ├── NotLoggedIn
    ├── ApiError
    ├── LoginError
    │   ├── AuthorizationRefused
    │   │   └── AccessDenied
    │   ├── CallbackRejected
    │   ├── CodeRejected
    │   ├── CredentialsRejected
    │   ├── LoginTimeout
    │   ├── LoginCancelled
    │   ├── LoginUnreachable
    │   └── PortInUse
    ├── SessionBusy
    └── StorageError
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    from .explanations import Explanation


class RingCentralError(Exception):
    """The root of the tree: catch this to catch everything the package raises on purpose.

    Args:
        happened: What happened, one sentence.
        why: The likely cause, one or two sentences; may be empty.
        cure: What to do next; may be empty.
        code: RingCentral's error code behind it, or OAuth's word, for :func:`explain`; may be empty.
        said: The words of somebody else that belong to what happened, mostly the server's; may be empty.

    Attributes:
        happened: What happened, with the words of somebody else.
        in_our_words: The same without them. They may name a person or a number, and do not belong where something is
            saved unasked. Neither ``why`` nor ``cure`` ever holds any.
    """

    def __init__(self, happened: str, *, why: str = "", cure: str = "", code: str = "", said: str = "") -> None:
        self.in_our_words = happened
        self.said = said.rstrip(".")
        self.happened = f"{happened.rstrip('.')}: {self.said}." if self.said else happened
        super().__init__(self.happened)
        self.why = why
        self.cure = cure
        self.code = code

    def __str__(self) -> str:
        more = f"More: {self.more}" if self.more else ""
        return " ".join(part for part in (self.happened, self.why, self.cure, more) if part)

    @property
    def explained_as(self) -> str:
        """The word under which the catalogue may have more of it; empty where there is none."""
        return self.code

    @property
    def more(self) -> str:
        """The line of Python that tells more of its code; empty where no more is known.

        It imports no name that could take the place of one of the notebook's own.
        """
        from .catalogue import CATALOGUE, named  # here and below: importing the helpers shall be quick

        word = named(self.explained_as)
        return f'import rc_nb_helpers; rc_nb_helpers.explain("{word}")' if word and CATALOGUE[word].causes else ""

    def __reduce__(self) -> tuple[Any, ...]:
        """Come whole out of another process: made again from its attributes, not from its constructor's arguments.

        The text, the cause and the cure go along; a stack, and with it local variables, never does.
        """
        return _made_again, (type(self), *self.args), vars(self)

    def _render_traceback_(self) -> list[str]:
        """What IPython prints for an uncaught error: the lesson, not the stack.

        A stack would bury the lesson, and ``%xmode Verbose`` prints local variables, among which
        are codes and tokens.
        """
        lines = [f"{type(self).__name__}: {self.happened}"]
        lines += [f"  Why: {self.why}"] if self.why else []
        lines += [f"  What to do: {self.cure}"] if self.cure else []
        lines += [f"  More: {self.more}"] if self.more else []
        return lines


def _made_again(kind: type[RingCentralError], *args: Any) -> RingCentralError:
    return kind.__new__(kind, *args)


class ConfigurationError(RingCentralError):
    """An environment file or setting is missing, blank or wrong."""


class PlatformUnreachable(RingCentralError):
    """The server did not answer: no connection, no name, no certificate, or no answer in time."""


class NotLoggedIn(RingCentralError):
    """A call needs a login, and there is none (or it has ended)."""


class ApiError(RingCentralError):
    """The server answered a request with an error.

    Attributes:
        status: HTTP status code.
        code: RingCentral's error code, such as ``"CMN-408"``; empty when the answer had none.
        oauth_error: The standard's word for it (RFC 6749 §5.2), such as ``"invalid_grant"``; empty when there was none.
        message: The server's own words.
        explanation: What the code means and what to do, in ours.
        retry_after: How many seconds the server asks us to wait; None when it did not say.

    Args:
        why: The cause, where neither the code nor the status says it.
        cure: What to do about it then.
    """

    def __init__(
        self,
        *,
        status: int,
        code: str = "",
        oauth_error: str = "",
        message: str = "",
        retry_after: int | None = None,
        why: str = "",
        cure: str = "",
    ) -> None:
        from .catalogue import look_up

        if not (why or cure):
            known = look_up(code, oauth_error, status=status)
            why, cure = known.why, known.cure
        told = code_to_tell(code)
        label = f" {told}" if told else ""
        said = ": ".join(filter(None, ("" if told else code, message)))
        if retry_after is not None:
            cure = f"Wait {retry_after} seconds, as the server asks, then try again."
        happened = f"RingCentral answered {status}{label}{'' if said else ': no message'}."
        super().__init__(happened, why=why, cure=cure, said=said)
        self.status = status
        self.code = code
        self.oauth_error = oauth_error
        self.message = message
        self.retry_after = retry_after
        self.explanation = " ".join(part for part in (why, cure) if part)

    @property
    def explained_as(self) -> str:
        """The code, or the standard's word where there is no code."""
        return self.code or self.oauth_error


class LoginError(RingCentralError):
    """A login did not succeed. Nothing is stored; you can log in again at once."""


class AuthorizationRefused(LoginError):
    """The authorization server sent the browser back with an error instead of a code (RFC 6749 §4.1.2.1)."""


class AccessDenied(AuthorizationRefused):
    """The person, or their administrator, said no."""


class CallbackRejected(LoginError):
    """A callback does not belong to this login: its state is wrong, missing or repeated."""


class CodeRejected(LoginError):
    """The token endpoint refused the authorization code: too old, already used, or not ours."""


class CredentialsRejected(LoginError):
    """The server does not accept this client id and client secret."""


class LoginTimeout(LoginError):
    """Nobody finished the login before its deadline."""


class LoginCancelled(LoginError):
    """The login was cancelled, or a newer one took its place."""


class LoginUnreachable(LoginError, PlatformUnreachable):
    """The server could not be reached in the middle of a login."""


class PortInUse(LoginError):
    """Another program already listens on the redirect URI's port.

    Attributes:
        free_redirect_uri: Another redirect URI of the app whose port is free; empty when none is known.
    """

    BY_HAND: ClassVar = (
        "Or let the answer be pasted: attempt = session.begin_login(listen=False), then attempt.submit(address) with "
        "the address on which the browser has ended."
    )
    """How a program goes on without the port; a panel has a box for it."""

    free_redirect_uri: str = ""

    def with_another(self, redirect_uri: str) -> PortInUse:
        """The same error, with another way out.

        Args:
            redirect_uri: Another redirect URI of the app, whose port is free.
        """
        other = PortInUse(
            self.happened,
            why=self.why,
            cure=f'Use another address of this app, which is free: session.begin_login(redirect_uri="{redirect_uri}").',
        )
        other.free_redirect_uri = redirect_uri
        return other


class SessionBusy(RingCentralError):
    """The session is logged in, or a login is pending, so its environment cannot change now."""


class StorageError(RingCentralError):
    """A login could not be kept over a restart, or what was kept cannot be used. Logins work all the same."""


def explain(error: str | BaseException, oauth_error: str = "", *, status: int = 0) -> Explanation:
    """Explain an error: what it means, what leads to it and how to tell, and what to do.

    Args:
        error: RingCentral's error code, such as ``"OAU-109"``, OAuth's word, such as ``"invalid_grant"``, a text in
            which one of them stands, or an error that was caught.
        oauth_error: The standard's word, used when there is no code.
        status: HTTP status code, used when neither is there.

    Returns:
        The explanation. A cell that ends with it shows it whole; ``print`` shows it as text. A code that is not in the
        catalogue is told as unknown: a guess would send people the wrong way.

    Raises:
        ConfigurationError: It is neither a text nor an error.

    Example:
        >>> explain("OAU-109")
    """
    from .catalogue import look_up, named
    from .explanations import Explanation

    if isinstance(error, RingCentralError):
        word = error.explained_as
        known = look_up(word) if word else Explanation()
        return known if known.causes else Explanation(error.why, error.cure, code=word, meaning=error.happened)
    if isinstance(error, BaseException):
        # The SDK's errors hold the request in their text, secrets and all. Nothing but a code is taken from it.
        if word := _code_in(str(error)) or oauth_error:
            return look_up(word, status=status)
        return Explanation(
            "This error carries no code that is known here.", "Go by its own words.", meaning=type(error).__name__
        )
    if not isinstance(error, str):
        raise ConfigurationError(
            f"This cannot be explained: it is {of_type(error)}.",
            why="An error code is a text. In a program it stands in quotes.",
            cure='Write explain("OAU-109"), or explain(error) with an error that was caught.',
        )
    found = named(error) or (_code_in(error) if " " in error.strip() else "")
    return look_up(found or error.strip(), oauth_error, status=status)


def _code_in(text: str) -> str:
    """The first code of the catalogue that stands in a text; empty where there is none."""
    from .catalogue import named

    # RingCentral sends a word of OAuth along with its own code, which says more.
    words = [*re.findall(r"\b[A-Z]{3}-\d{3}\b", text), *re.findall(r"\b[a-z]+_[a-z_]+\b", text)]
    return next(filter(None, map(named, words)), "")


def refuses_the_app(error: ApiError) -> bool:
    """Whether the token endpoint does not accept the app's client id and client secret.

    A code decides alone: RingCentral sends ``invalid_client`` and 401 with states of the account too. Without
    one the standard's word does, and without that the status (RFC 6749 §5.2): there is no access token yet. A web
    page says nothing of the app.

    Args:
        error: What the token endpoint answered.
    """
    from .catalogue import BY_STATUS, CODES_OF_CREDENTIALS

    word = error.code or error.oauth_error
    return word in CODES_OF_CREDENTIALS if word else error.why == BY_STATUS[401].why


def code_to_tell(code: str) -> str:
    """An error code that may stand among our own words; empty where a server has put something else in its place.

    Args:
        code: What a server calls its error.
    """
    from .catalogue import named

    return named(code) or (code if re.fullmatch(r"[A-Z]{2,4}-[0-9]{1,4}", code) else "")


def of_type(value: object) -> str:
    """What a value is, in words: "of the type int". Whoever passes a wrong one does not always know.

    Args:
        value: Anything.
    """
    return f"of the type {type(value).__name__}"


def causes_of(error: BaseException) -> list[BaseException]:
    """An error with all those that it carries: as argument, reason, cause or context, the outermost first.

    Libraries wrap what the system has said, each in its own way; only there it can be read what really happened.

    Args:
        error: Any exception.
    """
    found: list[BaseException] = []
    left: list[object] = [error]
    while left:
        each = left.pop(0)
        if isinstance(each, BaseException) and all(each is not known for known in found):
            found.append(each)
            left += [*each.args, getattr(each, "reason", None), each.__cause__, each.__context__]
    return found
