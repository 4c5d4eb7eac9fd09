r"""What RE2 looks for in place of sensitive keys: the letters of each term, whatever else a key has.

The words of a term follow each other with no more than separators and digits between them, and may be parts of longer
words (see `keys`). What excuses a term is not looked at, save what may follow a short one, and that tokens need an
owner where a token needs none.

Guarantee: each key of ASCII characters that the vocabulary makes sensitive matches; tested with each of its terms in
each spelling. A key that counts as sensitive for its many words alone does not.
Cost: 20 ms, once.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from typing import Final, NamedTuple, TypeAlias

from clippy_otel.privacy.fields.field_keys import WORDS
from clippy_otel.privacy.gating.re2_alternatives import any_of
from clippy_otel.privacy.keys import terms
from clippy_otel.privacy.keys.judging import AMBIGUOUS
from clippy_otel.privacy.keys.vocabulary import WHOLE

_Phrase: TypeAlias = tuple[str, ...]

_MARKS: Final = r"0-9_.\-\x{80}-\x{10ffff}"  # the inside of a class
# What may follow a whole key, and a term.
MARKS: Final = f"[{_MARKS}]*"
REST: Final = f"[A-Za-z{_MARKS}]*"
_OF_ITS_OWN: Final = ""  # the end of a word that is no part of another one: see _own_words()
_TOLD_BY_CHARS: Final = 3  # of a part of a word that follows one that is no part of any


class _Term(NamedTuple):
    """A term, and a pattern for the rest of a key behind it."""

    words: _Phrase
    end: str = REST


def sensitive_key(before: str, added: Iterable[str]) -> str:
    """Return a pattern for what makes a key sensitive, with the rest of it.

    Args:
        before: A pattern for what stands before a key.
        added: Words that are sensitive beside the vocabulary, without separators.
    """
    short = [_short_words(words, before) + end for end, words in _by_end().items() if end not in (REST, _OF_ITS_OWN)]
    own = any_of(_spelled(added), goes_on=True) + REST
    whole = f"{before}{any_of(_spelled(_whole_keys()))}{MARKS}"
    return f"(?:{'|'.join([_anything_behind(), _own_words(), *short, *_singulars(), own, whole])})"


def sensitive_name(added: Iterable[str]) -> str:
    """Return a pattern for what makes a key sensitive; a wider one, for where few texts have a name at all."""
    others = [word for end, words in _by_end().items() if end != REST for word in words]
    others += [*_plurals_apart(), *_spelled([*_whole_keys(), *added])]
    return f"(?:{_anything_behind()}|{_behind_digits('[0-9_. -]*')}|{any_of(others)})"


@functools.cache
def _anything_behind() -> str:
    return f"(?:{any_of(_by_end()[REST], goes_on=True)}|{_behind_digits('[0-9_.-]*')}){REST}"


def _behind_digits(between: str) -> str:
    """Return a pattern of the last words of terms with a digit before them, whatever their first words are.

    As long as digits come each first word would be a state of its own, and identifiers are full of digits.

    Args:
        between: What may stand between the digit and the word.
    """
    every = (term.split(" ") for terms_of_end in _by_end().values() for term in terms_of_end)
    last = {" ".join(words[first:]) for words in every for first in range(1, len(words))}
    return f"[A-Za-z][_. -]*[0-9]{between}{any_of(last, goes_on=True)}"


@functools.cache
def _by_end() -> dict[str, list[str]]:
    by_end: dict[str, list[str]] = {}
    for words, end in (*_phrases(), *_owned()):
        by_end.setdefault(end, []).append(" ".join(words))
    return by_end


def _phrases() -> Iterator[_Term]:
    """Yield all terms but those in which another one is, or that are one with a plural's ending."""
    kinds = terms.all_phrases()
    free = {phrase for phrase, kind in kinds.items() if kind.followers is None} - {(word,) for word in _plurals_apart()}
    for phrase, kind in kinds.items():
        if kind.followers is not None:
            yield _Term(phrase, f"(?:{any_of(map(' {}'.format, kind.followers), goes_on=True)}{REST}|{MARKS})")
        elif phrase in free and not _is_plural(phrase, free):
            if len(phrase) == 1 and not _is_part(phrase[0]):
                yield _Term(phrase, _OF_ITS_OWN)
            elif len(phrase) == 1 or _enough().isdisjoint(phrase):
                yield _Term(phrase)


def _owned() -> Iterator[_Term]:
    """Yield the words that need an owner, with their owners."""
    heads = terms.all_heads()
    for head, (owners, _) in heads.items():
        if head[:-1] not in heads:  # a plural
            for owner in sorted(owners - _enough()):
                yield _Term((owner, head))


def _is_part(word: str) -> bool:
    return word in terms.known_parts()


def _is_plural(phrase: _Phrase, phrases: AbstractSet[_Phrase]) -> bool:
    return phrase[-1][-1] == "s" and (*phrase[:-1], phrase[-1][:-1]) in phrases


@functools.cache
def _plurals_apart() -> frozenset[str]:
    """Return the terms whose plurals need an owner."""
    return frozenset(
        phrase[0]
        for phrase, kind in terms.all_phrases().items()
        if len(phrase) == 1 and kind.followers is None and f"{phrase[0]}s" in terms.all_heads()
    )


@functools.cache
def _enough() -> frozenset[str]:
    """Return the words that make a key sensitive wherever they stand."""
    return frozenset(
        phrase[0]
        for phrase, kind in terms.all_phrases().items()
        if len(phrase) == 1 and _is_part(phrase[0]) and kind.followers is None
    ).difference(_plurals_apart())


def _short_words(words: Iterable[str], before: str) -> str:
    """Return a pattern of words, of which those that are no parts begin where a word can: "userTel", not "hotel"."""
    own = {word for word in words if not _is_part(word)}
    capitalised = any_of(word[0].upper() + word[1:] for word in own)
    return f"(?:{any_of(set(words) - own)}|(?:{before}|[0-9A-Z_.-]){any_of(own)}|{capitalised})"


def _singulars() -> Iterator[str]:
    """Yield patterns of words that are none of several: behind an "s" the word goes on."""
    for word in sorted(_plurals_apart()):
        head, last = any_of([word[:-1]]), word[-1]
        other = f"(?:[A-RT-Za-rt-z{_MARKS}]{REST})?"
        small, capital = f"{last}(?:{other}|s[a-z]{REST}|S{REST})", f"{last.upper()}(?:{other}|s{REST}|S[A-Za-z]{REST})"
        yield f"{head}(?:{small}|{capital})"


def _own_words() -> str:
    """Return a pattern of words that are no parts: what follows is another word, if not one that is unknown.

    Behind one in capitals any small letters are another word: "TINxyz".
    """
    own = _by_end()[_OF_ITS_OWN]
    parts = {part[:_TOLD_BY_CHARS] for part in terms.known_parts() if len(part) >= _TOLD_BY_CHARS}
    capitals = any_of(map(str.upper, own))
    return f"{any_of(own)}(?:(?:[A-Z{_MARKS}]|{any_of(parts)}){REST})?|{capitals}[a-z]{REST}"


def _whole_keys() -> Iterable[str]:
    return {*AMBIGUOUS, *(term.replace("_", "") for term in WHOLE), *WORDS}


def _spelled(words: Iterable[str]) -> list[str]:
    """Return words with separators between any of their letters, of those that are ASCII."""
    return ["_".join(word) for word in words if word.isascii()]
