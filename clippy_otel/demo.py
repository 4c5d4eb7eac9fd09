"""The main job on the embedded default: a simulated assistant, its events in a SQLite file, nothing else needed.

`python -m clippy_otel.demo [PATH]` (or `make demo`). It plants personal data in what it records, and exits with status
1 if any of it is found in the file, or if a record is unaccounted for.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from clippy_otel.store.errors import StoreError
from clippy_otel.store.sqlite import SqliteStore
from clippy_otel.telemetry import configure

if TYPE_CHECKING:
    from clippy_otel.ledger import LedgerRow
    from clippy_otel.store.rows import StoredLog
    from clippy_otel.telemetry import Telemetry

SERVICE: Final = "clippy-demo"
DEFAULT_PATH: Final = "clippy-demo.db"
PLACEHOLDER: Final = "[REDACTED]"


class Visitor(NamedTuple):
    """Somebody who talks to the simulated assistant, and what they let slip."""

    user_id: str
    username: str
    email: str
    says: str
    secret: str  # what of `says` must not leave the process


VISITORS: Final = (
    Visitor("user-1001", "ada", "ada@example.com", "please charge my card 4111 1111 1111 1111", "4111 1111 1111 1111"),
    Visitor("user-1002", "grace", "grace@example.org", "call me at +1 415 555 2671", "+1 415 555 2671"),
    Visitor("user-1003", "alan", "alan@example.net", "my SSN is 536-22-8726, is my form complete?", "536-22-8726"),
)
PASSWORD: Final = "correct horse battery staple"  # noqa: S105 - planted, to be redacted


def main(arguments: list[str] | None = None) -> int:
    """Run the assistant, print what a person would want to see of it, and return the exit status."""
    given = sys.argv[1:] if arguments is None else arguments
    path = Path(given[0] if given else DEFAULT_PATH)
    if len(given) > 1 or path.name.startswith("-") or not _is_ours(path):
        print(
            f"usage: python -m clippy_otel.demo [PATH]   (PATH: new, or an earlier demo's; not {path})", file=sys.stderr
        )
        return 2
    for name in (path, Path(f"{path}-wal"), Path(f"{path}-shm")):
        name.unlink(missing_ok=True)

    telemetry = configure(SERVICE, transport="local", store=f"sqlite:///{path}", replace=True)
    for visitor in VISITORS:
        _converse(telemetry, visitor)
    result = telemetry.shutdown()
    ledger = telemetry.collector.buffer_status().ledger["logs"]

    store = SqliteStore(path)
    stored = list(store.logs())
    store.close()
    _show_arrived(path, stored)
    leaked = _show_redacted(path, stored)
    balanced = _show_ledger(ledger, stored)
    return 0 if result.ok and balanced and not leaked else 1


def _is_ours(path: Path) -> bool:
    """Say whether the demo may write this file anew: none is there, or a store of an earlier run."""
    if not path.exists():
        return True
    try:
        return path.is_file() and any(
            log.resource.get("service.name") == SERVICE for log in SqliteStore(path).logs(limit=1)
        )
    except StoreError:
        return False


def _converse(telemetry: Telemetry, visitor: Visitor) -> None:
    """Play one visitor's conversation, with an answer that fails for the last one."""
    collector = telemetry.collector
    with telemetry.scope(user_id=visitor.user_id, conversation_id=f"conversation-{1 + VISITORS.index(visitor)}"):
        collector.track("user.login", {"email": visitor.email, "password": PASSWORD, "username": visitor.username})
        collector.track("conversation.message", {"role": "user", "text": visitor.says})
        collector.track("feature.used", {"feature.id": "proactive-suggestions", "input_tokens": len(visitor.says)})
        try:
            answer = _answer(visitor)
            collector.track("conversation.message", {"role": "assistant", "text": answer})
        except TimeoutError as error:
            collector.track_error(error, context={"operation": "answer"})


def _answer(visitor: Visitor) -> str:
    if visitor is VISITORS[-1]:
        raise TimeoutError(f"the model did not answer {visitor.email} in time")
    return f"Thank you. I will write to {visitor.email}."


def _show_arrived(path: Path, stored: list[StoredLog]) -> None:
    print(f"\nWhat arrived in {path} ({path.stat().st_size:,} bytes, SQLite; readable while it is written)\n")
    for name, count in sorted(Counter(log.event_name for log in stored).items()):
        print(f"  {count:3d}  {name}")
    sample = next(log for log in stored if log.event_name == "user.login")
    print("\nOne of them, as it was stored\n")
    print(f"  {sample.event_name}  service {sample.resource['service.name']}  session {sample.session_id[:8]}…")
    for key, value in sample.attributes.items():
        print(f"    {key} = {value}")


def _show_redacted(path: Path, stored: list[StoredLog]) -> list[str]:
    """Print what was redacted and return what was not."""
    redacted = Counter(key for log in stored for key, value in log.attributes.items() if PLACEHOLDER in str(value))
    users = {str(log.attributes["user.id"]) for log in stored if "user.id" in log.attributes}
    print("\nWhat was redacted before it left the process\n")
    for key, count in sorted(redacted.items()):
        example = next(_shown(log.attributes, key) for log in stored if PLACEHOLDER in str(log.attributes.get(key)))
        print(f"  {count:3d}  {key:<22} {example}")
    print(f"  {len(users):3d}  users are keyed pseudonyms, such as {min(users)}")
    # The user names are kept: the specification's own example says so.
    planted = [PASSWORD, *(text for visitor in VISITORS for text in (visitor.user_id, visitor.email, visitor.secret))]
    on_disk = b"".join(file.read_bytes() for file in (path, Path(f"{path}-wal")) if file.exists())
    leaked = [text for text in planted if text.encode() in on_disk]
    print(f"\n  {len(planted)} planted secrets, found in the file's {len(on_disk):,} bytes: {len(leaked)}")
    return leaked


def _shown(attributes: Mapping[str, Any], key: str) -> str:
    """Return the line of a value that holds the placeholder."""
    return next(line.strip() for line in str(attributes[key]).splitlines() if PLACEHOLDER in line)


def _show_ledger(ledger: LedgerRow, stored: list[StoredLog]) -> bool:
    """Print what became of every record and return whether all are accounted for."""
    print("\nThe ledger: what became of every record\n")
    for column, count in ledger.nonzero().items():
        print(f"  {count:3d}  {column}")
    balanced = ledger.offered == ledger.exported == len(stored)
    print(f"\n  {'every record is accounted for' if balanced else 'RECORDS ARE MISSING'}\n")
    return balanced


if __name__ == "__main__":
    sys.exit(main())
