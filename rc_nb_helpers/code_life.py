"""For how long an authorization code works, as far as that is known.

RingCentral's work for a minute. Practice's may be given more time, for people who need it; practice tells it the app.
"""

from __future__ import annotations

from .environments import Environment
from .exchanges import ExchangeRecord
from .server_record import CONTROLS_PATH, answer_of_practice
from .transport import SafeClient

CODE_SECONDS = 60
"""RingCentral says so in its guide, and as ``expires_in`` beside each code."""


def code_seconds(environment: Environment) -> int:
    """For how many seconds the next code works; 0 where nobody tells.

    Args:
        environment: Which app. Practice is asked, and nobody else.
    """
    if environment.name != "practice":
        return CODE_SECONDS
    said = answer_of_practice(SafeClient(ExchangeRecord()), environment, CONTROLS_PATH, {})
    seconds = said.get("code_seconds") if isinstance(said, dict) else None
    return seconds if isinstance(seconds, int) else 0
