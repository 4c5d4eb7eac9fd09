"""The recognisers that are built in: the four kinds of the specification, one module each.

Boundaries of all of them are ASCII letters and digits, so that a value beside CJK text is found.
"""

from __future__ import annotations

from typing import Final

from clippy_otel.privacy.recognisers.auth_schemes import AUTH_SCHEME
from clippy_otel.privacy.recognisers.cards import CARD
from clippy_otel.privacy.recognisers.contexts import CONTEXTUAL
from clippy_otel.privacy.recognisers.emails import EMAIL
from clippy_otel.privacy.recognisers.iban import IBAN
from clippy_otel.privacy.recognisers.jwt import JWT
from clippy_otel.privacy.recognisers.pem import PRIVATE_KEY
from clippy_otel.privacy.recognisers.phones import PHONE_IN_URL, PHONE_INTERNATIONAL, PHONE_NORTH_AMERICAN
from clippy_otel.privacy.recognisers.ssn import US_SSN
from clippy_otel.privacy.recognisers.tokens import TOKEN
from clippy_otel.privacy.recognisers.url_secrets import URL_SECRET, WEBHOOK

RECOGNISERS: Final = (
    EMAIL,
    CARD,
    US_SSN,
    PHONE_NORTH_AMERICAN,
    PHONE_INTERNATIONAL,
    PHONE_IN_URL,
    IBAN,
    CONTEXTUAL,
    TOKEN,
    JWT,
    PRIVATE_KEY,
    URL_SECRET,
    WEBHOOK,
    AUTH_SCHEME,
)
