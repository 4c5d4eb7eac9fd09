r"""What RE2 looks for in place of the built-in finders: what stands in each text in which one of them finds something.

Of numbers a few digits and what is between them, of the rest the words themselves: keywords, schemes, the beginnings
of tokens. Each is short and counts hardly any characters: RE2 makes its automaton as it goes, a state for each way in
which parts of patterns can be open at once, and of long ones it never has them all (with whole patterns it took forty
times as long over texts that it had not seen). So that of fields has an automaton of its own.

Guarantee: property-tested, and tested on the scored corpus. A text with a letter beyond ASCII opens the gate, for it
may be part of a keyword.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from clippy_otel.privacy.recogniser import Finder

_GAP = r"[ \-.()/?\x{80}-\x{10ffff}]"  # "-" in the shape of numbers
_WORD = "[0-9A-Za-z_-]"
_SOME = f"{_WORD}{{6}}"  # of a token's sixteen characters or more
_OF_WEBHOOKS = (
    r"hooks\.(?:slack|zapier)|hook\.(?:office|make|integromat|[a-z]{2}[0-9]\.)|webhooks/|/hook/|\.tines\.com/webhook/"
)


def hint_of(finder: Finder) -> str | None:
    """Return what RE2 looks for in place of a finder; None where it has to be asked without."""
    from clippy_otel.privacy.fields.finder import TextFields  # noqa: PLC0415 - for who has RE2
    from clippy_otel.privacy.gating.re2_fields import hint_of_fields  # noqa: PLC0415 - as above

    if not isinstance(finder, TextFields):
        return _hints().get(id(finder))
    return None if finder.added is None else hint_of_fields(finder.added)


@functools.cache
def _hints() -> dict[int, str]:
    """Return what RE2 looks for in place of recognisers, by the identities of these: they are constants."""
    from clippy_otel.privacy.gating.re2_contexts import hint_of_contexts  # noqa: PLC0415 - for who has RE2
    from clippy_otel.privacy.recognisers import (  # noqa: PLC0415 - for who has RE2
        auth_schemes,
        cards,
        contexts,
        emails,
        iban,
        jwt,
        pem,
        phones,
        ssn,
        token_formats,
        tokens,
        url_secrets,
    )

    found: tuple[tuple[Finder, str], ...] = (
        (emails.EMAIL, "@|%[0-9A-Za-z]"),
        (cards.CARD, rf"[0-9]{{3}}(?:{_GAP}|\+)[0-9]{{4}}|[0-9]{{12}}"),
        (ssn.US_SSN, f"[0-9]{{3}}{_GAP}[0-9]{{2}}{_GAP}[0-9]{{4}}"),
        (phones.PHONE_NORTH_AMERICAN, f"[0-9]{{3}}{_GAP}[0-9]{{4}}"),
        (phones.PHONE_INTERNATIONAL, r"\+\(?[1-9]"),
        (phones.PHONE_IN_URL, "%[0-9A-Za-z]"),
        (iban.IBAN, rf"(?:^|[^0-9A-Za-z]|\\[nrt]|%[0-9A-Fa-f]{{2}})(?i:{_any(iban.LENGTHS)})[0-9]{{2}}"),
        (contexts.CONTEXTUAL, hint_of_contexts()),
        (tokens.TOKEN, _of_tokens(token_formats)),
        (jwt.JWT, "eyJ"),
        (pem.PRIVATE_KEY, "PRIVATE|Private-Lines"),
        (auth_schemes.AUTH_SCHEME, "earer|BEARER|asic|BASIC|igest |ignature"),
        (url_secrets.URL_SECRET, "@|%40"),
        (url_secrets.WEBHOOK, _OF_WEBHOOKS),
    )
    return {id(finder): hint for finder, hint in found}


def _any(texts: Iterable[str]) -> str:
    return "(?:" + "|".join(sorted({re.escape(text) for text in texts})) + ")"


def _of_tokens(forms: ModuleType) -> str:
    starts, dotted, ends = forms.STARTS, forms.DOTTED, forms.ENDS
    prefixes = {prefix for forms in dotted.values() for prefix, _ in forms}
    return "|".join(
        (
            f"(?:^|[^0-9A-Za-z_-]){_any(starts)}{_SOME}",
            rf"(?:{_any(prefixes)}|\.atlasv1\.){_SOME}",
            rf"[0-9]:A|[0-9]\||1//0|%[0-9A-Fa-f]|\\[nrtbfvxu]{_SOME}",
            f"{_any(ends)}(?:$|[^0-9A-Za-z_-])",
            "(?i:token|key|dpop|ssws|splunk|ntlm|negotiate) ",
            "00D[0-9A-Za-z]{12}!|sha256~|Q~",
        )
    )
