"""What the vocabulary says of the words at one place of a key: which term stands there, and what excuses it.

The tables are made for the first key that is judged, in 3 ms, step by step. A look-up takes as long as
the longest phrase that begins with the word has words, never longer.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple, TypeAlias

from clippy_otel.privacy.keys import excuses, people, vocabulary

_REACH: Final = 4  # words from a question to what it is about: is_valid_user_email
_NUMBERS: Final = ("number", "numbers", "no")
_OF_PROGRAMS: Final = vocabulary.words("service history webhook record data session chat upload network state")
_SHORT_CHARS: Final = 2  # words of so many letters are told within another only where they are listed


class Kind(NamedTuple):
    """What the words around a term do to it.

    Attributes:
        facts: Behind it, or at the key's end: the key tells a fact about the thing, and not the thing.
        contexts: In front of it: it means something else.
        distant: Some words in front of it, with nothing right in front of it that makes it a credential: likewise.
        last: At the key's end: as facts.
        followers: The only words that may stand behind it; None: any.
    """

    facts: frozenset[str]
    contexts: frozenset[str] = frozenset()
    followers: frozenset[str] | None = None
    last: frozenset[str] = excuses.LAST_FACTS
    distant: frozenset[str] = frozenset()

    def is_excused(self, before: list[str], after: list[str]) -> bool:
        """Say whether a term of this kind between these words makes no key sensitive."""
        if before:
            last = before[-1]
            if last in excuses.QUESTIONS or last in self.contexts:
                return True
            nearby = before[-_REACH:]
            if not excuses.BEGINNINGS.isdisjoint(nearby):
                return True
            if not self.distant.isdisjoint(nearby) and last not in vocabulary.TOKENS_OWNERS:
                return True
        if len(after) > 1 and after[0] in _NUMBERS:  # passport_number_length
            after = after[1:]
        if not after:
            return False
        if self.followers is not None and after[0] not in self.followers:
            return True
        return self._is_fact(after[0]) or self._is_fact(after[-1]) or after[-1] in self.last

    def _is_fact(self, word: str) -> bool:
        return word in self.facts or excuses.is_named_like_a_fact(word)


# A term among the words of a key: the places of its first word and behind its last one, and its kind. None: the words
# mean something else, and nothing of them is a term.
Term: TypeAlias = tuple[int, int, "Kind | None"]


class _Index:
    """The tables that terms are looked up in.

    Attributes:
        phrases: By their first words.
        longest: How many words the longest phrase has, by its first word.
        heads: With their owners.
        essential: Words of which one is in each term.
        companions: What else has to be in a key, by them (see companions()).
        words: All that are known.
        parts: Those that are told where nothing separates them.
    """

    __slots__ = ("companions", "essential", "heads", "longest", "parts", "phrases", "words")

    def __init__(self) -> None:
        self.phrases = _phrases()
        self.longest = _longest()
        self.heads = _heads_by_word()
        self.essential = _essential()
        # With the rest, so that what comes in between later is not held up by it.
        self.companions = _companions()
        self.words = _words()
        self.parts = _parts()


def no_term_in(words: list[str]) -> bool:
    """Say whether it is seen at once that no term is among these words."""
    return _index().essential.isdisjoint(words)


def term_at(words: list[str], start: int) -> Term | None:
    """Return the longest term that begins with a word of a key, or that the word makes with its owner before it."""
    index = _index()
    word = words[start]
    phrases = index.phrases.get(word, {})
    shortest = start
    head = index.heads.get(word)
    if head is not None and start and words[start - 1] in head[0]:
        shortest = start + 1  # "PIN offset" is a phrase also where it is a user's
    for end in range(min(start + index.longest.get(word, 0), len(words)), shortest, -1):
        phrase = tuple(words[start:end])
        if phrase in phrases:
            return start, end, phrases[phrase]
    return (start - 1, start + 1, head[1]) if head is not None and shortest > start else None


def known_words() -> frozenset[str]:
    """Return all words that the vocabulary and the excuses know."""
    return _index().words


def known_parts() -> frozenset[str]:
    """Return those of the known words that are told in a word without separators."""
    return _index().parts


def all_phrases() -> dict[tuple[str, ...], Kind]:
    """Return all terms as their words, with their kinds; those that a head makes with its owner are not among them."""
    phrases = (item for phrases in _index().phrases.values() for item in phrases.items())
    return {phrase: kind for phrase, kind in phrases if kind is not None}


def all_heads() -> dict[str, tuple[frozenset[str], Kind]]:
    """Return the heads, with their owners and kinds."""
    return _index().heads


# What a signal handler interrupts here it has to do itself, and may be interrupted in that by the next: each step is
# kept for itself, and is short, so that they come to an end.
_Phrases: TypeAlias = dict[str, dict[tuple[str, ...], "Kind | None"]]


@functools.cache
def _index() -> _Index:
    return _Index()


@functools.cache
def _phrases() -> _Phrases:
    merged: _Phrases = {}
    for place in range(len(_groups())):
        for word, phrases in _group(place).items():
            known = merged.get(word)
            merged[word] = phrases if known is None else {**known, **phrases}
    return merged


@functools.cache
def _group(place: int) -> _Phrases:
    kind, terms = _groups()[place]
    phrases: _Phrases = {}
    for term in terms:
        phrase = tuple(term.split("_"))
        phrases.setdefault(phrase[0], {})[phrase] = kind
    return phrases


@functools.cache
def _groups() -> tuple[tuple[Kind | None, tuple[str, ...]], ...]:
    return tuple((kind, tuple(terms)) for kind, terms in _terms())


@functools.cache
def _longest() -> dict[str, int]:
    return {word: max(map(len, phrases)) for word, phrases in _phrases().items()}


@functools.cache
def _heads_by_word() -> dict[str, tuple[frozenset[str], Kind]]:
    return dict(_heads())


@functools.cache
def _essential() -> frozenset[str]:
    """Return all heads, the terms of one word, and of the others the word that fewest harmless keys have."""
    phrases = [phrase for phrases in _phrases().values() for phrase, kind in phrases.items() if kind is not None]
    alone = {phrase[0] for phrase in phrases if len(phrase) == 1}.union(_heads_by_word())
    of_several = (phrase for phrase in phrases if alone.isdisjoint(phrase))
    return frozenset(alone.union(max(phrase, key=_rarity) for phrase in of_several))


def _rarity(word: str) -> tuple[bool, bool, int]:
    is_common = word in vocabulary.ORDINARY or word in excuses.FACTS
    is_of_programs = word in _OF_PROGRAMS
    return not (is_common or is_of_programs), not is_of_programs and len(word) > _SHORT_CHARS, len(word)


def companions() -> dict[str, frozenset[str]]:
    """Return words of which one has to be in a key beside each essential word, by that; none: it is a term itself."""
    return _index().companions


@functools.cache
def _companions() -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {head: set(owners) for head, (owners, _) in _heads_by_word().items()}
    alone: set[str] = set()
    for phrases in _phrases().values():
        for phrase, kind in phrases.items():
            if kind is None:
                continue
            if len(phrase) == 1:
                alone.update(phrase)
            for word in _essential().intersection(phrase):
                found.setdefault(word, set()).update(other for other in phrase if other != word)
    return {word: frozenset() if word in alone else frozenset(others) for word, others in found.items()}


@functools.cache
def _words() -> frozenset[str]:
    owners = (owners for owners, _ in _heads_by_word().values())
    return _words_of_phrases().union(vocabulary.ORDINARY, excuses.known_words(), _heads_by_word(), *owners)


@functools.cache
def _words_of_phrases() -> frozenset[str]:
    return frozenset(word for phrases in _phrases().values() for phrase in phrases for word in phrase)


@functools.cache
def _parts() -> frozenset[str]:
    return frozenset(
        word for word in _words() - vocabulary.ALONE if len(word) > _SHORT_CHARS or word in vocabulary.SHORT_PARTS
    )


def _terms() -> Iterator[tuple[Kind | None, Iterable[str]]]:
    """Yield all terms by their kinds; of one that stands in two groups the later group counts."""
    yield _PERSONAL, _with_plurals(people.PERSONAL | people.ACCOUNT_HOLDERS)
    yield _IDENTITY, _with_plurals(people.IDENTITIES)
    yield _CARD, _with_plurals(people.CARDS)
    yield _CONTACT, _with_plurals(people.CONTACTS)
    yield _FULL_NAME, _with_plurals(people.FULL_NAMES)
    yield _PLACE, _with_plurals(people.PLACES)
    yield _ADDRESS, _with_plurals(["address"])
    yield _SECRET, _with_plurals(vocabulary.SECRETS)
    yield _SECRET, (f"{owner}_webhook{end}" for owner in vocabulary.WEBHOOKS for end in ("", "s", "_url", "_urls"))
    yield _KEY, _with_plurals(vocabulary.OWNED_KEYS)
    yield _TOKEN, ["token"]
    yield _SIGNATURE, _with_plurals(["signature"])
    yield _SHORT, vocabulary.SHORT
    yield None, _with_plurals(excuses.OTHER_MEANINGS)


def _heads() -> Iterator[tuple[str, tuple[frozenset[str], Kind]]]:
    persons, places = people.PERSONS, people.PLACES_OF_PERSONS | people.LOCATED
    for heads, owners, kind in (
        ("key keys", vocabulary.KEY_OWNERS, _KEY),
        ("token tokens", vocabulary.TOKENS_OWNERS, _SECRET),
        ("tok toks", vocabulary.TOKENS_OWNERS, _SECRET),
        ("pass", vocabulary.PASS_OWNERS, _SECRET),
        ("pin pins", persons | vocabulary.PIN_OWNERS, _SECRET),
        ("code codes", vocabulary.CODE_OWNERS, _SECRET),
        ("pat pats", vocabulary.PAT_OWNERS, _SECRET),
        ("auth", vocabulary.AUTH_OWNERS, _SECRET),
        ("url urls uri", vocabulary.DATABASES, _SECRET),
        ("name names", persons, _PERSONAL),
        ("race", persons | {"user"}, _PERSONAL),
        ("photo photos image images portrait", people.PHOTO_OWNERS, _PERSONAL),
        ("acct accts acc account accounts", people.ACCOUNT_OWNERS, _IDENTITY),
        ("compensation compensations", persons | {"user", "member"}, _PERSONAL),
        ("sig sigs", vocabulary.SIG_OWNERS, _SECRET),
        ("skype whatsapp", persons | {"user", "member"}, _CONTACT),
        ("vin vins", persons | {"user", "vehicle", "car"}, _IDENTITY),
        ("pan pans", persons | people.PAN_OWNERS, _CARD),
        ("number numbers num nr nbr", people.NUMBER_OWNERS, _IDENTITY),
        ("no", people.NO_OWNERS, _IDENTITY),
        ("addr addrs city town zip line county province neighborhood", persons | places | {"address"}, _PLACE),
        ("location latitude longitude lat lng lon coordinates coords geolocation gps", people.LOCATED, _PERSONAL),
    ):
        for head in heads.split():
            yield head, (owners, kind)


def _with_plurals(terms: Iterable[str]) -> Iterator[str]:
    for term in terms:
        yield term
        if term not in vocabulary.ALONE:
            yield _plural(term)


def _plural(term: str) -> str:
    if term.endswith("s"):
        return term + "es"
    return term[:-1] + "ies" if term.endswith("y") else term + "s"


_NO_FACTS_OF_PEOPLE: Final = vocabulary.words("id ids description reason reasons notice message messages")
_NO_FACTS_OF_CARDS: Final = vocabulary.words("expiration expirations expiry expires expire exp month year")
_NUMBER: Final = frozenset({"num"})  # of many it is how many there are, of a person's which
_DATES: Final = vocabulary.words("date dates time times timestamp")

_SECRET: Final = Kind(excuses.FACTS | excuses.OF_SECRETS)
_KEY: Final = Kind(_SECRET.facts | excuses.OF_KEYS, excuses.BEFORE_KEYS)
_TOKEN: Final = Kind(_SECRET.facts | excuses.OF_TOKENS, excuses.BEFORE_TOKENS, distant=excuses.PAGINATION)
_SIGNATURE: Final = Kind(_SECRET.facts | excuses.OF_SIGNATURES, excuses.BEFORE_SIGNATURES)
_CONTACT: Final = Kind((excuses.FACTS | excuses.OF_CONTACTS) - _NUMBER)
_PLACE: Final = Kind((excuses.FACTS | excuses.OF_ADDRESSES) - _NUMBER)
_ADDRESS: Final = Kind(_PLACE.facts, excuses.BEFORE_ADDRESSES)
_PERSONAL: Final = Kind(
    (excuses.FACTS | excuses.OF_PEOPLE) - _NO_FACTS_OF_PEOPLE | {"id"}, last=excuses.LAST_FACTS - _DATES
)
_FULL_NAME: Final = Kind(_PERSONAL.facts, excuses.BEFORE_NAMES, last=_PERSONAL.last)
_IDENTITY: Final = Kind((excuses.FACTS | excuses.OF_PEOPLE) - _NO_FACTS_OF_PEOPLE - _NUMBER)
_CARD: Final = Kind(
    (excuses.FACTS | excuses.OF_PEOPLE | {"last"}) - _NO_FACTS_OF_CARDS - _NUMBER,
    excuses.BEFORE_CARDS,
    last=excuses.LAST_FACTS - _DATES,
)
_SHORT: Final = Kind(excuses.FACTS, excuses.BEFORE_SHORT, vocabulary.SHORT_FOLLOWERS)
