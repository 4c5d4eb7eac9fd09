"""Which features are used, how often, and by how many users: the statistics of track_feature().

Bounded, whatever is tracked: some 55 bytes for each of the first `max_names` names, as many actions of theirs and 128
more, 8 bytes a user (see users). Not safe under threads, save for `known`: there is one writer (see books).
"""

from __future__ import annotations

from array import array
from collections import deque
from collections.abc import Mapping
from datetime import datetime
from typing import Final, NamedTuple

from clippy_otel import semconv
from clippy_otel.analytics.books import MAX_WAITING
from clippy_otel.analytics.given import in_utc
from clippy_otel.analytics.tables import OTHER, Names, SortedTable
from clippy_otel.analytics.users import Users

RECENT: Final = 32
MAX_SERIES: Final = 200  # of the metric: a series takes 1 KB in process, and more in the SDK

_MAX_ACTIONS: Final = 127  # different ones of all features; with the others' a number of a byte
_OTHER_ACTION: Final = 0  # its number
_MORE_USES: Final = 128  # actions beyond one a feature
_MAX_KNOWN: Final = 32  # some 350 bytes each
_MAX_USERS_KEPT: Final = 10_240  # of all features, 80 KB; or as many for each name as are left of them for 1,000
_USERS_KEPT_A_NAME: Final = 10
_MAX_EVERYBODY_KEPT: Final = 1_536
_EVERYBODY: Final = 0  # the one owner of all users

Moment = tuple[int | None, int, int]
"""The hash of who used something, None for nobody known; when, on the monotonic and on the wall clock, in nanoseconds.

A plain tuple: one with names costs 0.2 us more, at each use.
"""


class FeatureStats(NamedTuple):
    """How one feature is used, since the start of the process unless it says otherwise.

    Attributes:
        feature: Its name, redacted; "other" for all that came after the first `max_names`.
        uses: How often it was used, in whichever way.
        active_users: How many different users used it within the last `window_ms`. Exact for thousands of users, then
            an estimate (see `clippy_otel.analytics.users`), as is `total_users`.
        total_users: How many different users used it. A use without a user's id adds none.
        adoption_rate: Its users as a fraction of all users who used any feature, 0 to 1; 0 without users.
        actions: How often each action was done with it; "other" for actions beyond 127 different ones of all features,
            or beyond `max_names` plus 128 pairs of a feature and an action.
        first_used: When it was used first, in UTC.
        last_used: When it was used last, in UTC.
    """

    feature: str
    uses: int
    active_users: int
    total_users: int
    adoption_rate: float
    actions: Mapping[str, int]
    first_used: datetime
    last_used: datetime


class Use(NamedTuple):
    """One action with one feature, as it is counted."""

    number: int  # of the pair, in the order of their first uses
    feature_number: int
    attributes: Mapping[str, str]  # the metric's; not to be changed


OTHERS: Final = {semconv.FEATURE_ID: OTHER, semconv.FEATURE_ACTION: OTHER}
"""The metric's attributes for all that has no series of its own."""


class Features:
    """All features.

    Args:
        max_names: How many have rows of their own, 1 to 10,000.
        window_ns: Of active users, in nanoseconds.

    Attributes:
        users: Theirs, by feature.
        known: The first uses by feature and action, to be read by any thread.
        recent: Uses of them, to be added to by any thread: count_recent() is due before anything is read, and where
            RECENT lie there. So a use costs a third of what it costs by itself.
    """

    def __init__(self, max_names: int, window_ns: int) -> None:
        self.known: dict[tuple[str, str], Use] = {}
        self.recent: deque[tuple[Use, Moment]] = deque(maxlen=MAX_WAITING)
        self._names = Names(max_names)
        self._actions = Names(_MAX_ACTIONS)
        self._actions.row(OTHER)
        self.users = Users(window_ns, max(_MAX_USERS_KEPT, _USERS_KEPT_A_NAME * max_names))
        self._everybody = Users(window_ns, _MAX_EVERYBODY_KEPT)
        self._first_ns = array("q")  # by feature
        self._last_ns = array("q")
        self._max_uses = max_names + _MORE_USES
        self._uses = SortedTable("I", "H")  # feature and action, and their number as a pair
        self._counts = array("Q")  # by that number

    def count_first(self, called: tuple[str, str], shown: tuple[str, str], moment: Moment) -> Use:
        """Count what is not in `known`, and return what it was counted as.

        Args:
            called: Feature and action, as the application calls them.
            shown: The same, redacted.
            moment: Who, and when.
        """
        (feature_number, feature), (action_number, action) = self._names.row(shown[0]), self._actions.row(shown[1])
        if feature_number == len(self._first_ns):
            self._first_ns.append(moment[-1])
            self._last_ns.append(moment[-1])
        number, counted = self._pair(feature_number, action_number)
        shown_action = action if counted == action_number else OTHER
        own = {semconv.FEATURE_ID: feature, semconv.FEATURE_ACTION: shown_action}
        use = Use(number, feature_number, own if number < MAX_SERIES else OTHERS)
        if len(self.known) < _MAX_KNOWN and called == shown:  # nothing that is to be redacted is kept
            self.known[called] = use
        self._count(use, moment)
        return use

    def count_recent(self) -> None:
        """Count what lies in `recent`."""
        while self.recent:
            self._count(*self.recent.popleft())

    def _count(self, use: Use, moment: Moment) -> None:
        number, feature, _ = use
        user_hash, monotonic_ns, time_ns = moment
        self._counts[number] += 1
        if time_ns > self._last_ns[feature]:
            self._last_ns[feature] = time_ns
        elif time_ns < self._first_ns[feature]:
            self._first_ns[feature] = time_ns
        if user_hash is not None:
            self._everybody.see(_EVERYBODY, user_hash, monotonic_ns)
            self.users.see(feature, user_hash, monotonic_ns)

    def stats(self, now_ns: int) -> dict[str, FeatureStats]:
        """Return all features by name, in the order in which they came; `now_ns` is on the monotonic clock."""
        everybody = self._everybody.counts(_EVERYBODY, now_ns).total
        actions = self._counts_by_action()
        found: dict[str, FeatureStats] = {}
        for number, name in enumerate(self._names.all()[: len(self._last_ns)]):
            users = self.users.counts(number, now_ns)
            found[name] = FeatureStats(
                feature=name,
                uses=sum(actions.get(number, {}).values()),
                active_users=users.active,
                total_users=users.total,
                adoption_rate=min(users.total / everybody, 1.0) if everybody else 0.0,
                actions=actions.get(number, {}),
                first_used=in_utc(self._first_ns[number]),
                last_used=in_utc(self._last_ns[number]),
            )
        return found

    def _pair(self, feature: int, action: int) -> tuple[int, int]:
        """Return the number of a feature and an action, and the action: where there is no more room, all others'."""
        key, number = feature << 8 | action, len(self._counts)
        at = self._uses.find(key)
        if at is not None:
            return int(self._uses.columns[0][at]), action
        if number >= self._max_uses and action != _OTHER_ACTION:
            return self._pair(feature, _OTHER_ACTION)
        self._counts.append(0)
        self._uses.insert(key, number)
        return number, action

    def _counts_by_action(self) -> dict[int, dict[str, int]]:
        actions, found = self._actions.all(), dict[int, dict[str, int]]()
        for key, number in zip(self._uses.keys, self._uses.columns[0], strict=False):
            found.setdefault(key >> 8, {})[actions[key & 0xFF]] = self._counts[number]
        return found
