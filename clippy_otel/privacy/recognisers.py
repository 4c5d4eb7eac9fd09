"""The recognisers that are built in: the four kinds of the specification, one module each.

Boundaries of all of them are ASCII letters and digits, so that a value beside CJK text is found.
"""

from __future__ import annotations

from typing import Final

from clippy_otel.privacy.cards import CARD
from clippy_otel.privacy.emails import EMAIL
from clippy_otel.privacy.phones import PHONE_INTERNATIONAL, PHONE_NORTH_AMERICAN
from clippy_otel.privacy.ssn import US_SSN

RECOGNISERS: Final = (EMAIL, CARD, US_SSN, PHONE_NORTH_AMERICAN, PHONE_INTERNATIONAL)
