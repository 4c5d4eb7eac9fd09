"""What `clippy-otel spool` does: destinations found, told and changed. Nothing of a record's contents is shown."""

from __future__ import annotations

import json
import sys
from collections import Counter
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, NamedTuple

from clippy_otel.delivery.spool.by_hand import drop as drop_all
from clippy_otel.delivery.spool.by_hand import drop_rejected
from clippy_otel.delivery.spool.by_hand import replay as replay_rejected
from clippy_otel.delivery.spool.listing import rejected, waiting
from clippy_otel.state import spool_directories

_NS_PER_S = 1_000_000_000


class Destination(NamedTuple):
    """A spool directory, and whose it is."""

    service: str  # the directory that it is in
    name: str  # 12 hex digits, the same for the same destination
    path: Path


def destinations(directory: Path | None, service: str | None, name: str | None) -> list[Destination]:
    """Return the spool directories that there are.

    Args:
        directory: A `state_directory`; None: the user's, of all services.
        service: Only this service's; None: all.
        name: Only this destination; None: all.
    """
    found = [Destination(path.parent.parent.name, path.name, path) for path in spool_directories(directory)]
    return [each for each in found if service in (None, each.service) and name in (None, each.name)]


def show_waiting(destination: Destination, *, as_json: bool) -> None:
    """Print a destination's streams, a line each."""
    for stream in waiting(destination.path):
        counts = {signal: count for signal, count in stream.records.items() if count}
        oldest = _moment(stream.oldest_ns) if stream.oldest_ns else None
        fields = {
            "stream": stream.stream,
            "is_alive": stream.is_alive,
            "records": counts,
            "size_bytes": stream.size_bytes,
            "oldest": oldest,
        }
        told = ", ".join(f"{count} {signal}" for signal, count in counts.items()) or "nothing"
        since = f", since {oldest}" if oldest else ""
        owner = "its process runs" if stream.is_alive else "left by a process that has ended"
        _print(destination, fields, f"{told}{since} ({stream.size_bytes} bytes; {owner})", as_json=as_json)


def show_rejected(destination: Destination, *, as_json: bool) -> None:
    """Print what a destination has refused: how many records of each signal, for each reason."""
    counts: Counter[tuple[str, str]] = Counter()
    last: dict[tuple[str, str], int] = {}
    for letter in rejected(destination.path):
        kind = letter.item.envelope.signal, letter.reason
        counts[kind] += letter.item.records
        last[kind] = max(letter.rejected_ns, last.get(kind, 0))
    for (signal, reason), count in counts.most_common():
        moment = _moment(last[signal, reason])
        fields = {"signal": signal, "records": count, "reason": reason, "last": moment}
        _print(destination, fields, f"{count} {signal}: {reason} (last at {moment})", as_json=as_json)


def replay(destination: Destination, *, as_json: bool) -> None:
    """Have what was refused delivered once more."""
    count = replay_rejected(destination.path)
    _print(destination, {"replayed": count}, f"{count} records will be sent once more", as_json=as_json)


def drop(destination: Destination, *, rejected: bool, as_json: bool) -> None:
    """Erase what waits and what was refused, or the latter alone."""
    count = (drop_rejected if rejected else drop_all)(destination.path)
    _print(destination, {"erased": count}, f"{count} records are erased", as_json=as_json)


def _print(destination: Destination, fields: dict[str, Any], text: str, *, as_json: bool) -> None:
    named = {"service": destination.service, "destination": destination.name}
    line = json.dumps({**named, **fields}) if as_json else f"{destination.service} {destination.name}: {text}"
    sys.stdout.write(line + "\n")


def _moment(time_ns: int) -> str:
    return datetime.fromtimestamp(time_ns // _NS_PER_S, timezone.utc).isoformat()
