"""Rules that are not on by default: what they find is personal in some programs and plain fact in others.

`Redactor((*DEFAULT_RULES, IP_ADDRESS.with_action("pseudonym"), names("Grace Hopper")))`
"""

from __future__ import annotations

from typing import Final

from clippy_otel.privacy.optional.dates_of_birth import DATE_OF_BIRTH_FINDER
from clippy_otel.privacy.optional.listed_names import NameFinder
from clippy_otel.privacy.optional.network_ids import IPV4, IPV6, MAC
from clippy_otel.privacy.optional.wallets import WALLET
from clippy_otel.privacy.rules.ai_content import AI_CONTENT
from clippy_otel.privacy.rules.rule import Rule

__all__ = ["AI_CONTENT", "CRYPTO_WALLET", "DATE_OF_BIRTH", "IP_ADDRESS", "MAC_ADDRESS", "OPTIONAL_RULES", "names"]

# IPv4 and IPv6, save loopback and unspecified addresses.
IP_ADDRESS: Final = Rule.of("ip_address", IPV4, IPV6)
# Of 48 and 64 bits, in the ways of IEEE (":" and "-") and Cisco.
MAC_ADDRESS: Final = Rule.of("mac_address", MAC)
# Bitcoin, where its checksum is right, and Ethereum.
CRYPTO_WALLET: Final = Rule.of("crypto_wallet", WALLET)
# A date behind a word that says what it is.
DATE_OF_BIRTH: Final = Rule.of("date_of_birth", DATE_OF_BIRTH_FINDER)

OPTIONAL_RULES: Final[tuple[Rule, ...]] = (IP_ADDRESS, MAC_ADDRESS, CRYPTO_WALLET, DATE_OF_BIRTH)


def names(*listed: str) -> Rule:
    """Return a rule named "name" that finds these names of people: whole words, in any case.

    Args:
        listed: Each of 1 to 8 words of letters, at most 128 characters; as many as you like: ten thousand take no
            longer than ten.

    Raises:
        ConfigurationError: One of them is no such name.
    """
    return Rule.of("name", NameFinder("name", listed))
