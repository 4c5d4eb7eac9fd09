"""The state directory of a service: where what must outlive the process is kept.

`<user's state directory>/clippy_otel/<service name>` by the XDG base directory specification, or `clippy_otel` below
`state_directory`, whatever the service's name. In it: `spool/<destination>/`, the pseudonym key, and consent. Nothing
is touched before something is kept.

Guarantee: directories made here are 0700, files 0600; one that is a link, or somebody else's, is refused.
"""

from __future__ import annotations

import contextlib
import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from clippy_otel import _guard

if TYPE_CHECKING:
    from clippy_otel.config import TelemetryConfig

ROOT_NAME: Final = "clippy_otel"
UNNAMED: Final = "unknown_service"  # as OpenTelemetry has it
KEY_NAME: Final = "pseudonym.key"
AUDIT_NAME: Final = "consent.jsonl"
COUNTER_NAME: Final = "consent.counter"
SPOOL_NAME: Final = "spool"
KEY_BYTES: Final = 32

_MAX_NAME_CHARS: Final = 100


class State:
    """One service's state directory.

    Args:
        path: The directory; made when something is kept in it.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._has_warned = False

    def pseudonym_key(self) -> bytes | None:
        """Return the key of all processes with this directory, made by the first of them; None where it cannot be kept.

        Whoever comes second reads what the first one has made, however close they are.
        """
        path = self.path / KEY_NAME
        try:
            make_private(self.path)
            return _read_key(path) or _made_key(path)
        except OSError as error:
            self._warn(error)
            return None

    def spool_directory(self, destination: str) -> Path:
        """Return where undelivered records for one destination are kept."""
        return self.path / SPOOL_NAME / destination

    def has_spooled(self) -> bool:
        """Return whether anything may be in the spool, for whatever destination and of whatever process."""
        try:
            return any(self.path.glob(f"{SPOOL_NAME}/*/*"))
        except OSError:
            return True

    def make_spool_root(self) -> None:
        """Make what spool directories lie in, for us alone.

        Raises:
            OSError: It cannot be made, or is a link, or somebody else's.
        """
        make_private(self.path)
        make_private(self.path / SPOOL_NAME)

    def _warn(self, error: OSError) -> None:
        if not self._has_warned:
            self._has_warned = True
            reason = error.strerror or type(error).__name__
            _guard.logger.warning("%s cannot be used (%s): state is kept in this process", self.path, reason)


def state_of(config: TelemetryConfig) -> State | None:
    """Return a configuration's state directory; None, with a warning, where this process has no home directory."""
    state = find_state(config)
    if state is None:
        _guard.logger.warning("no home directory: state is kept in this process; set state_directory")
    return state


def find_state(config: TelemetryConfig) -> State | None:
    """Return a configuration's state directory; None, without a word, where this process has no home directory."""
    if config.state_directory is not None:
        return State(Path(config.state_directory).absolute() / ROOT_NAME)
    base = _user_state_directory()
    if base is None:
        return None
    # Percent-encoded, it has no separator in it, and does not begin with a point.
    name = quote(config.service_name or UNNAMED, safe=" ")[:_MAX_NAME_CHARS]
    return State(base / ROOT_NAME / name.replace(".", "%2E", 1 if name.startswith(".") else 0))


def spool_directories(state_directory: Path | None) -> list[Path]:
    """Return the spool directories that there are, one for each service and destination.

    Args:
        state_directory: As it was configured; None: the user's own, of all services.
    """
    if state_directory is not None:
        return sorted((state_directory / ROOT_NAME).glob(f"{SPOOL_NAME}/*"))
    base = _user_state_directory()
    return [] if base is None else sorted((base / ROOT_NAME).glob(f"*/{SPOOL_NAME}/*"))


def make_private(path: Path) -> None:
    """Make a directory that nobody else can look into; one that exists must be ours.

    Raises:
        OSError: It cannot be made, or what stands there is a link, or somebody else's.
    """
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = path.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid():
        raise PermissionError(1, "it belongs to somebody else, or is a link", str(path))


def open_private(path: Path, flags: int) -> int:
    """Open a file that is ours alone, and return its descriptor.

    Args:
        path: The file; made, 0600, where the flags say so.
        flags: Of os.open().

    Raises:
        OSError: It cannot be opened, or what stands there is a link, no file, or somebody else's.
    """
    # Without waiting: a pipe of that name must not hold us up.
    descriptor = os.open(path, flags | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK, 0o600)
    found = os.fstat(descriptor)
    if not stat.S_ISREG(found.st_mode) or found.st_uid != os.geteuid():
        os.close(descriptor)
        raise PermissionError(1, "it belongs to somebody else, or is no file", str(path))
    return descriptor


def publish(path: Path, data: bytes) -> None:
    """Make a file with this content, synced, complete or not at all; one that exists stays as it is.

    Raises:
        OSError: It cannot be made.
    """
    draft = path.with_name(f".{path.name}.{os.getpid()}.{os.urandom(4).hex()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)
    finally:
        draft.unlink()


def _read_key(path: Path) -> bytes | None:
    """Return the key in a file; None where there is no file, or what is in it is no key."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    with os.fdopen(descriptor, "rb") as file:
        key = file.read(KEY_BYTES + 1)
    if len(key) != KEY_BYTES:
        raise OSError(5, "the pseudonym key is damaged", str(path))
    return key


def _made_key(path: Path) -> bytes:
    """Make a key and return it, or the one that somebody else has made meanwhile."""
    key = os.urandom(KEY_BYTES)
    publish(path, key)
    return _read_key(path) or key


def _user_state_directory() -> Path | None:
    given = os.environ.get("XDG_STATE_HOME", "")
    if given and Path(given).is_absolute():
        return Path(given)
    try:
        return Path.home() / ".local" / "state"
    except RuntimeError:
        return None
