"""One row for each field of `TelemetryConfig`: what it takes, what it refuses, how its variable reads."""

from __future__ import annotations

import enum
import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from clippy_otel.config import TelemetryConfig
from clippy_otel.ports import Event, SamplingRule, SpoolOptions
from clippy_otel.privacy import Rule

NAN: Final = float("nan")
INFINITE: Final = float("inf")
HUGE: Final = 10**5000  # past what Python turns into text
KEY: Final = "0123456789abcdef"


class Strategy(str, enum.Enum):
    """A word as an application may keep it."""

    THROTTLED = "throttled"


def before_send(event: Event) -> Event | None:
    """Let every event pass."""
    return event


async def async_before_send(event: Event) -> Event | None:
    """Answer with a coroutine, which nobody would wait for."""
    return event


def deliver(events: list[Event]) -> None:
    """Take a batch and forget it."""
    del events


class Sink:
    """A custom transport for one signal."""

    def logs(self, events: list[Event]) -> None:
        """Take a batch and forget it."""
        del events


class Exporter:
    """A custom transport that looks like an exporter of the SDK."""

    def export(self, batch: object) -> None:
        """Take a batch and forget it."""
        del batch


EXACT: Final = SamplingRule(event="a.b")
PREFIX: Final = SamplingRule(event="a.*", sampling="probabilistic", rate=0.1)
RULE: Final = Rule("employee", "EMP-[0-9]{6}")
SINK: Final = Sink()
EXPORTER: Final = Exporter()


def configure(**settings: Any) -> TelemetryConfig:
    """Make a configuration of settings that are not written as a type checker would have them."""
    return TelemetryConfig(**settings)


@dataclass(frozen=True)
class Row:
    """What one field does.

    Attributes:
        default: What it is when nothing says it.
        good: Values that are taken, and what each is kept as.
        bad: Values that are refused.
        later: Values that are right, of a feature that this version does not have.
        texts: What its variable may say, and what each stands for; None where it has no variable.
        bad_texts: What its variable may not say.
        beside: What else must be set for the good values.
    """

    default: Any
    good: tuple[tuple[Any, Any], ...] = ()
    bad: tuple[Any, ...] = ()
    later: tuple[Any, ...] = ()
    texts: tuple[tuple[str, Any], ...] | None = ()
    bad_texts: tuple[str, ...] = ()
    beside: tuple[tuple[str, Any], ...] = ()


def same(*values: Any) -> tuple[tuple[Any, Any], ...]:
    """Pair each value with itself: it is kept as it is given."""
    return tuple((value, value) for value in values)


FLAG_TEXTS: Final = (
    *((text, True) for text in ("1", "true", "TRUE", "Yes", "on", " true ")),
    *((text, False) for text in ("0", "false", "False", "NO", "off")),
)
SWITCHED: Final = ((True, True), (False, False))
BAD_FLAGS: Final[tuple[Any, ...]] = (0, 1, "true", None, 1.0, [])
BAD_WHOLES: Final = (-1, True, 1.0, 2.5, "5", None, NAN, INFINITE, 2**31, HUGE, [5])
BAD_TEXTS: Final = ("", "  ", 5, b"a", True, ["a"])
BAD_COLLECTIONS: Final = ("email", None, 5, b"email", {"email": 1}, ["email", 5], [""], (None,))


def flag(*, default: bool) -> Row:
    """Return the row of a switch."""
    return Row(default=default, good=SWITCHED, bad=BAD_FLAGS, texts=FLAG_TEXTS, bad_texts=("maybe", "2", "t", "y"))


def text() -> Row:
    """Return the row of an optional text."""
    return Row(None, same("a", "Ünï cödé", None), BAD_TEXTS, texts=(("a", "a"), (" a b ", "a b")))


def whole(default: int, *, low: int = 1, beside: tuple[tuple[str, Any], ...] = ()) -> Row:
    """Return the row of a count, size or time."""
    return Row(
        default,
        same(low, low + 1, 2**31 - 1),
        (*BAD_WHOLES, low - 1),
        texts=((str(low), low), (f" {low + 7} ", low + 7)),
        bad_texts=("many", "1.0", "1e3", "nan", str(low - 1), "9" * 5000),
        beside=beside,
    )


ROWS: Final[dict[str, Row]] = {
    "enabled": flag(default=True),
    "service_name": text(),
    "service_version": text(),
    "environment": text(),
    "resource_attributes": Row(
        {},
        (
            ({}, {}),
            ({"a": "x", "b": 1, "c": 2.5, "d": True}, {"a": "x", "b": 1, "c": 2.5, "d": True}),
            ({"zones": ["a", "b"]}, {"zones": ("a", "b")}),
        ),
        (None, "a=b", [("a", "b")], {1: "a"}, {"": "a"}, {"a": None}, {"a": b"x"}, {"a": {"b": 1}}, {"a": ["b", None]}),
        texts=(("a=b", {"a": "b"}), (" a = b%2Cc , d=e=f,", {"a": "b,c", "d": "e=f"})),
        bad_texts=("a", "a=b,c", "=b"),
    ),
    "sampling": Row(
        "always",
        (*same("always", "never", "probabilistic", "throttled"), (Strategy.THROTTLED, "throttled")),
        ("Always", "sometimes", "", None, True, 1, ["always"]),
        texts=(("never", "never"), (" throttled ", "throttled")),
        bad_texts=("sometimes", "NEVER"),
    ),
    "sampling_rate": Row(
        1.0,
        same(0, 0.0, 0.1, 1, 1.0),
        (-0.1, 1.1, -1, 2, NAN, INFINITE, -INFINITE, True, False, "0.5", None, HUGE),
        texts=(("0.25", 0.25), ("1", 1.0), ("1e-3", 0.001)),
        bad_texts=("half", "nan", "inf", "1.5", "-1", "50%"),
    ),
    "sampling_rules": Row(
        (),
        (
            ((), ()),
            ([], ()),
            ([SamplingRule()], (SamplingRule(),)),
            ((EXACT, PREFIX, SamplingRule()), (EXACT, PREFIX, SamplingRule())),
            ([{"event": "a", "sampling": "never"}], (SamplingRule(event="a", sampling="never"),)),
            *same(
                (SamplingRule(event="a*"), SamplingRule(event="b*")),
                (SamplingRule(event="a?"), SamplingRule(event="a*")),
                (SamplingRule(route="*"), SamplingRule(event="*")),
                (SamplingRule(severity=17), SamplingRule(severity=9)),
                (SamplingRule(event="a", route="/x"), SamplingRule(event="a")),
                (SamplingRule(event="*b]x"), SamplingRule(event="[ab]x")),
            ),
        ),
        (
            *(None, "x", [1], {"event": "a"}, SamplingRule(), [{"evnt": "a"}]),
            *([SamplingRule(event=bad)] for bad in ("", "  ", 5)),  # type: ignore[arg-type]
            *([SamplingRule(route=bad)] for bad in ("", 5)),  # type: ignore[arg-type]
            *([SamplingRule(severity=bad)] for bad in (0, 25, -1, True, 9.5, NAN)),  # type: ignore[arg-type]
            *([SamplingRule(sampling="probabilistic", rate=bad)] for bad in (-0.1, 1.1, NAN, INFINITE, True)),
            [SamplingRule(sampling="sometimes")],  # type: ignore[arg-type]
            [SamplingRule(rate=0.5)],  # a rate that nothing asks for
            # Never reached, for a rule above has taken all of it.
            (SamplingRule(), EXACT),
            (PREFIX, EXACT),
            (PREFIX, PREFIX),
            (PREFIX, SamplingRule(event="a.b*")),
            (SamplingRule(event="*"), SamplingRule(route="/x")),
            (SamplingRule(event="a?c"), SamplingRule(event="abc", severity=17)),
            (SamplingRule(severity=9), SamplingRule(severity=17)),
            (SamplingRule(route="/a/*"), SamplingRule(event="e", route="/a/b")),
        ),
        texts=None,
    ),
    "keep_errors": flag(default=False),
    "keep_slower_than_ms": Row(
        None,
        same(None, 0, 250, 2.5),
        (-1, NAN, INFINITE, True, "5"),
        texts=(("250", 250.0), ("0.5", 0.5)),
        bad_texts=("x", "-1"),
    ),
    "max_events_per_window": whole(100),
    "throttle_window_ms": whole(60_000),
    "max_buffer_size": whole(50, beside=(("max_queue_size", 2**31 - 1),)),
    "flush_interval_ms": whole(30_000, low=0),
    "max_queue_size": whole(100, beside=(("max_buffer_size", 1),)),
    "max_memory_bytes": whole(1_000_000),
    "max_payload_bytes": whole(10_240, low=1024),
    "transport": Row(
        "http",
        (*same("http", "grpc", "local", "console"), ("localStorage", "local")),
        ("HTTP", "udp", "", None, 5, True),
        texts=(("console", "console"), ("localStorage", "local"), (" grpc ", "grpc")),
        bad_texts=("udp", "custom"),
    ),
    "endpoint": Row(
        None,
        (
            *same(
                None, "http://h", "https://h:4318", "https://h/a/b", "http://u:p@h:1", "http://[::1]:4318", "HTTP://h"
            ),
            ("http://h/", "http://h"),
            ("http://h/a//", "http://h/a"),
        ),
        (
            *(
                "",
                "h",
                "h:4318",
                "localhost:4317",
                "/api/telemetry",
                "//h",
                "http://",
                "http:///a",
                "http://:80",
                "http://u@",
            ),
            *("ftp://h", "http://h?a=b", "http://h?", "http://h#f", "http://h/a?b", "http://h:99999", "http://h:0"),
            *("http://h:port", "http://[::1", "http://h h", "http://h\n", "\thttp://h", " http://h", "http://h/\x7f"),
            *("http://h/v1/logs", "http://h/v1/traces/", "http://h/a/v1/metrics"),
            *(5, True, b"http://h", ["http://h"]),
        ),
        texts=(("http://h/", "http://h"), (" https://u:p@h/a ", "https://u:p@h/a")),
        bad_texts=("h:4318", "http://h?a"),
    ),
    "headers": Row(
        {},
        (
            ({}, {}),
            ({"Authorization": "Bearer a.b=c", "x-tenant": ""}, {"Authorization": "Bearer a.b=c", "x-tenant": ""}),
            ({"x": "\xe9\t \xff"}, {"x": "\xe9\t \xff"}),
        ),
        (
            *(None, "a=b", [("a", "b")], {1: "a"}, {"": "a"}, {"a b": "c"}, {"a:": "b"}, {"a\n": "b"}, {"é": "b"}),
            *({"a": 1}, {"a": None}, {"a": b"b"}, {"a": "b\nc"}, {"a": "b\r\nc: d"}, {"a": "\x00"}, {"a": "\x7f"}),
            *({"a": " b"}, {"a": "b\n"}, {"a": "\u20ac"}, {"a": "b", "A": "c"}),
        ),
        texts=(
            ("api-key=abc", {"api-key": "abc"}),
            ("Authorization=Basic%20abc%3D%3D , x=y,", {"authorization": "Basic abc==", "x": "y"}),
            ("authorization=Bearer a b", {"authorization": "Bearer a b"}),
        ),
        bad_texts=("abc", "a=b,c", "=b", "a=b;c", 'a="b"', "a=b%0d%0ac", "a b=c", "a=é"),
    ),
    "timeout_ms": Row(
        None,
        same(None, 1, 0.5, 10_000, 2**31 - 1),
        (0, 0.0, -1, NAN, INFINITE, True, "5", 2**31, HUGE),
        texts=(("2500", 2500.0), ("0.5", 0.5)),
        bad_texts=("0", "-1", "nan", "inf", "10s"),
    ),
    "custom_transport": Row(
        None,
        (*same(deliver, SINK, EXPORTER, (EXPORTER, EXPORTER)), ([EXPORTER], (EXPORTER,))),
        (5, "print", object(), [], (deliver, 5), {"logs": deliver}),
        texts=None,
        beside=(("transport", "custom"),),
    ),
    "store": Row(
        None,
        same(None, "sqlite:///a.db", "sqlite:////var/lib/a.db", "sqlite:///me@home/ü.db"),
        (
            *("", "a.db", "/a.db", "sqlite:a.db", "sqlite://a.db", "sqlite:///", "sqlite:////", "sqlite:///a/"),
            *(
                "sqlite:///:memory:",
                "sqlite:///a.db?mode=ro",
                "sqlite:///a\0b",
                "postgres://u:p@h/d",
                5,
                b"sqlite:///a",
            ),
            Path("a.db"),
        ),
        later=("clickhouse://u:p@h/d", "chdb:///a"),
        texts=(("sqlite:///a.db", "sqlite:///a.db"),),
        bad_texts=("a.db", "redis://h"),
    ),
    "state_directory": Row(
        None,
        ((None, None), ("/a", "/a"), (Path("/a"), "/a")),
        ("", " ", 5, b"/a", "a\0b"),
        texts=(("/var/lib/shop", "/var/lib/shop"),),
        bad_texts=("a\0b",),
    ),
    "spool": Row(
        SpoolOptions(),
        (
            *same(SpoolOptions(), SpoolOptions(durability="memory"), SpoolOptions(max_bytes=2_000_000, max_age_s=0.5)),
            ({"durability": "always", "fsync": "always"}, SpoolOptions(durability="always", fsync="always")),
        ),
        (
            None,
            "memory",
            5,
            {"durable": "memory"},
            {"max_bytes": 1000},
            SpoolOptions(durability="disk"),  # type: ignore[arg-type]
            SpoolOptions(fsync="sometimes"),  # type: ignore[arg-type]
            SpoolOptions(max_age_s=0),
            SpoolOptions(max_age_s=NAN),
            SpoolOptions(fsync_interval_ms=0),
            SpoolOptions(max_bytes=True),
        ),
        texts=(
            ("durability=always", SpoolOptions(durability="always")),
            (" durability = memory , max_bytes=3000000,", SpoolOptions(durability="memory", max_bytes=3_000_000)),
        ),
        bad_texts=("always", "durability=disk", "max_bytes=many", "colour=red"),
    ),
    "redact_pii": flag(default=True),
    "redact_fields": Row(
        (),
        (((), ()), (["email", "x_*"], ("email", "x_*")), ({"b", "a"}, ("a", "b")), (frozenset({"a"}), ("a",))),
        BAD_COLLECTIONS,
        texts=(("email", ("email",)), (" email , token,,", ("email", "token"))),
    ),
    "keep_fields": Row(
        (), (((), ()), (["email"], ("email",))), BAD_COLLECTIONS, texts=(("email,token", ("email", "token")),)
    ),
    "redaction_rules": Row(
        (),
        (((), ()), ([], ()), ([RULE], (RULE,))),
        (None, "x", {"a": 1}, RULE, ("x",), (object(),), (RULE, RULE)),
        texts=None,
    ),
    "placeholder": Row("[REDACTED]", same("***", "-"), (*BAD_TEXTS, None), texts=(("[GONE]", "[GONE]"),)),
    "pseudonym_key": Row(
        None,
        same(None, KEY, KEY.encode(), b"\x00" * 16, "é" * 8),
        ("", "short", b"short", KEY[:-1], "é" * 7, 5, bytearray(KEY, "ascii"), "\ud800" * 16),
        texts=((KEY, KEY),),
        bad_texts=("short",),
    ),
    "user_ids": Row(
        "pseudonym", same("pseudonym", "raw"), ("hashed", "", None, True), texts=(("raw", "raw"),), bad_texts=("no",)
    ),
    "capture_content": flag(default=False),
    "baggage_keys": Row(
        (), (((), ()), (["tenant"], ("tenant",))), BAD_COLLECTIONS, texts=((" tenant , region,", ("tenant", "region")),)
    ),
    "require_consent": flag(default=False),
    "before_send": Row(None, same(None, before_send, str), (5, "f", async_before_send, []), texts=None),
    "flush_on": Row(
        ("exit",),
        (((), ()), (["exit"], ("exit",)), (("sigterm",), ("sigterm",))),
        ("exit", None, ("never",), (5,), 5),
        texts=(("exit", ("exit",)), ("exit,sigterm", ("exit", "sigterm"))),
        bad_texts=("never",),
    ),
    "logging_level": Row(
        None,
        (*same(None, logging.INFO, 0), ("INFO", logging.INFO)),
        ("LOUD", -1, True, 2.5, []),
        texts=(("info", logging.INFO), ("30", logging.WARNING)),
        bad_texts=("loud", "-1"),
    ),
    "debug": flag(default=False),
}
