"""TelemetryConfig: fields, contradictions, presets, spellings, updates."""

from __future__ import annotations

import copy
import dataclasses
import pickle
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

import clippy_otel
from clippy_otel.config import DEFAULT_STORE, LIVE_FIELDS, TelemetryConfig, resolve
from clippy_otel.config.fields import KINDS, NOT_YET
from clippy_otel.exceptions import ConfigurationError, NotAvailableYetError
from tests.config._rows import KEY, ROWS, Row, before_send, configure, deliver

FIELDS = {field.name for field in dataclasses.fields(TelemetryConfig)} - {"origin"}


def make(row: Row, name: str, value: Any) -> TelemetryConfig:
    """Make a configuration with one field set, and what else that needs."""
    return configure(**{**dict(row.beside), name: value})


def test_every_field_has_a_row() -> None:
    """A field cannot be added without a row here and a kind that checks it."""
    assert set(ROWS) == FIELDS
    assert list(KINDS) == [field.name for field in dataclasses.fields(TelemetryConfig) if field.name != "origin"]


@pytest.mark.parametrize("name", ROWS)
def test_default(name: str) -> None:
    """Each field has the contract's default."""
    assert getattr(TelemetryConfig(), name) == ROWS[name].default


@pytest.mark.parametrize("name", ROWS)
def test_good_values(name: str) -> None:
    """A field takes what it should and keeps it in its one form."""
    for given, kept in ROWS[name].good:
        value = getattr(make(ROWS[name], name, given), name)
        assert value == kept
        assert isinstance(value, Mapping) or type(value) is type(kept)


@pytest.mark.parametrize("name", ROWS)
def test_bad_values(name: str) -> None:
    """A field refuses what it cannot use, naming itself."""
    for value in ROWS[name].bad:
        with pytest.raises(ConfigurationError, match=name) as caught:
            make(ROWS[name], name, value)
        assert not isinstance(caught.value, NotAvailableYetError)


@pytest.mark.parametrize("name", ROWS)
def test_values_of_later_features(name: str) -> None:
    """A right value of a feature that is not there yet says so, rather than doing nothing."""
    for value in ROWS[name].later:
        with pytest.raises(NotAvailableYetError, match=f"^{name}.*not available yet"):
            make(ROWS[name], name, value)


def test_later_features_all_have_rows() -> None:
    """What is listed as not available is shown not to be."""
    assert {name for name, row in ROWS.items() if row.later} == NOT_YET.keys() & FIELDS


def test_the_error_says_value_and_what_is_allowed() -> None:
    """A message holds the field, what is allowed and the bad value."""
    with pytest.raises(ConfigurationError, match=r"^max_payload_bytes must be a whole number from 1024 .*, got 512$"):
        TelemetryConfig(max_payload_bytes=512)
    with pytest.raises(ConfigurationError, match=r"^transport must be one of 'http', .*'custom', got 'udp'$"):
        configure(transport="udp")


def test_long_bad_values_are_cut() -> None:
    """A bad value of any size makes a short message."""
    for value in ("x" * 100_000, 10**100_000):
        with pytest.raises(ConfigurationError) as caught:
            configure(transport=value)
        assert len(str(caught.value)) < 300


def test_a_bad_value_is_not_asked_for_its_repr() -> None:
    """Only the type of a foreign object is named: its repr may raise, or tell too much."""

    class Hostile:
        def __repr__(self) -> str:
            raise RuntimeError

    for name in ROWS:
        with pytest.raises(ConfigurationError):
            make(ROWS[name], name, Hostile())


@pytest.mark.parametrize(
    "name, meant",
    [("max_bufer_size", "max_buffer_size"), ("redactPII", "redact_pii"), ("FLUSH_INTERVAL_MS", "flush_interval_ms")],
)
def test_unknown_keyword(name: str, meant: str) -> None:
    """An unknown keyword is a ConfigurationError that suggests the nearest name."""
    settings: dict[str, Any] = {name: None}
    for call in (configure, TelemetryConfig.server, TelemetryConfig().updated, resolve):
        with pytest.raises(ConfigurationError, match=f"unknown setting '{name}'; did you mean {meant}"):
            call(**settings)


def test_unknown_keyword_like_no_other() -> None:
    """Where no name is near, none is suggested."""
    with pytest.raises(ConfigurationError, match=r"^unknown setting 'zzzz'$"):
        configure(zzzz=1)


def test_keywords_only() -> None:
    """A mapping as the specification passes it is pointed to from_mapping()."""
    with pytest.raises(ConfigurationError, match="from_mapping"):
        TelemetryConfig({"enabled": True})  # type: ignore[call-arg, arg-type]


def test_frozen_and_independent_of_what_was_passed() -> None:
    """A configuration cannot be changed, neither directly nor through what it was made of."""
    headers, attributes, names = {"a": "b"}, {"zones": ["a"]}, ["email"]
    config = TelemetryConfig(headers=headers, resource_attributes=attributes, redact_fields=names)
    headers["a"] = "c"
    attributes["zones"].append("b")
    names.append("token")
    assert (config.headers, config.resource_attributes) == ({"a": "b"}, {"zones": ("a",)})
    assert config.redact_fields == ("email",)
    with pytest.raises(dataclasses.FrozenInstanceError):
        config.debug = True  # type: ignore[misc]
    with pytest.raises(TypeError):
        config.headers["a"] = "c"  # type: ignore[index]


def test_equality() -> None:
    """Two configurations are equal where their settings are, however these were spelled."""
    settings: dict[str, Any] = {
        "headers": {"a": "b"},
        "redact_fields": ["x"],
        "pseudonym_key": KEY,
        "endpoint": "http://h/",
    }
    assert TelemetryConfig(**settings) == TelemetryConfig(
        **{**settings, "redact_fields": ("x",), "endpoint": "http://h"}
    )
    for name, value in {"headers": {"a": "c"}, "redact_fields": ["y"], "pseudonym_key": KEY * 2, "debug": True}.items():
        assert TelemetryConfig(**settings) != TelemetryConfig(**{**settings, name: value})


def test_copies() -> None:
    """A configuration can be copied, pickled and taken apart."""
    config = TelemetryConfig(headers={"a": "b"}, resource_attributes={"c": 1}, pseudonym_key=KEY)
    assert copy.deepcopy(config) == config
    assert pickle.loads(pickle.dumps(config)) == config  # noqa: S301 - our own
    assert dataclasses.replace(config, debug=True).headers == {"a": "b"}
    assert dataclasses.asdict(config)["resource_attributes"] == {"c": 1}


def test_buffer_larger_than_the_queue() -> None:
    """A buffer that could never fill is refused, naming both sizes."""
    for settings in ({"max_buffer_size": 101}, {"max_queue_size": 49}):
        with pytest.raises(ConfigurationError, match=r"max_buffer_size.*max_queue_size"):
            configure(**settings)
    assert TelemetryConfig(max_buffer_size=101, max_queue_size=101).max_buffer_size == 101


def test_custom_transport_and_its_word_go_together() -> None:
    """Neither the word without a target nor a target without the word is taken."""
    with pytest.raises(ConfigurationError, match="custom_transport must be set"):
        TelemetryConfig(transport="custom")
    with pytest.raises(ConfigurationError, match='custom_transport needs transport="custom"'):
        TelemetryConfig(custom_transport=deliver)


def test_local_has_a_store() -> None:
    """The local transport writes to a file in the working directory unless told otherwise."""
    assert TelemetryConfig(transport="local").store == DEFAULT_STORE == "sqlite:///clippy-telemetry.db"
    assert TelemetryConfig(transport="local", store="sqlite:///x.db").store == "sqlite:///x.db"


def test_server_preset() -> None:
    """The preset for busy services has the contract's figures, memory that fits them, and takes changes."""
    config = TelemetryConfig.server(debug=True, flush_interval_ms=500)
    assert (config.max_buffer_size, config.max_queue_size, config.max_payload_bytes) == (512, 2048, 1_000_000)
    assert TelemetryConfig.server().flush_interval_ms == 1000
    assert config.max_memory_bytes / config.max_queue_size > 10 * 270  # ten times a usual event's bytes
    assert (config.debug, config.flush_interval_ms) == (True, 500)


def test_the_specifications_interface() -> None:
    """Every name of the specification's TelemetryConfig interface is taken as it is written there."""
    config = TelemetryConfig.from_mapping(
        {
            "enabled": True,
            "sampling": "throttled",
            "samplingRate": 0.5,
            "maxBufferSize": 25,
            "flushIntervalMs": 15000,
            "transport": "custom",
            "endpoint": "https://analytics.example.com/events",
            "customTransport": deliver,
            "redactPII": True,
            "redactFields": ["email", "password", "token", "apiKey", "secret", "creditCard", "ssn"],
            "debug": True,
            "throttleWindowMs": 30000,
            "maxEventsPerWindow": 10,
        },
    )
    assert config == TelemetryConfig(
        enabled=True,
        sampling="throttled",
        sampling_rate=0.5,
        max_buffer_size=25,
        flush_interval_ms=15000,
        transport="custom",
        endpoint="https://analytics.example.com/events",
        custom_transport=deliver,
        redact_pii=True,
        redact_fields=("email", "password", "token", "apiKey", "secret", "creditCard", "ssn"),
        debug=True,
        throttle_window_ms=30000,
        max_events_per_window=10,
    )


def test_from_mapping_takes_either_spelling() -> None:
    """Every field is known in both spellings, and `localStorage` is the local store."""
    assert TelemetryConfig.from_mapping({"transport": "localStorage"}).transport == "local"
    assert TelemetryConfig.from_mapping({"maxQueueSize": 60, "max_buffer_size": 60}).max_queue_size == 60
    assert TelemetryConfig.from_mapping({}) == TelemetryConfig()


def test_from_mapping_refuses_one_field_twice() -> None:
    """Both spellings of one field contradict each other, even with the same value."""
    for twice in ({"redactPII": True, "redact_pii": True}, {"max_buffer_size": 5, "maxBufferSize": 5}):
        with pytest.raises(ConfigurationError, match=r"(redact_pii|max_buffer_size) is given twice"):
            TelemetryConfig.from_mapping(twice)


@pytest.mark.parametrize(
    "mapping", [{"maxBufersize": 1}, {"redactPii": True}, {5: 1}, {"": 1}, {None: 1}, {"origin": 1}]
)
def test_from_mapping_refuses_unknown_names(mapping: dict[Any, Any]) -> None:
    """A name in neither spelling is unknown, as is one that is no text."""
    with pytest.raises(ConfigurationError, match="unknown setting"):
        TelemetryConfig.from_mapping(mapping)


@pytest.mark.parametrize("mapping", [None, [("debug", True)], "debug", TelemetryConfig()])
def test_from_mapping_refuses_what_is_no_mapping(mapping: Any) -> None:
    """Anything but a mapping is refused."""
    with pytest.raises(ConfigurationError, match="must be a mapping"):
        TelemetryConfig.from_mapping(mapping)


def test_updated_changes_live_fields() -> None:
    """A live field changes in a copy, checked as always; the original stays."""
    config = TelemetryConfig(headers={"a": "b"})
    changed = config.updated(enabled=False, redact_fields=["x"], before_send=before_send, max_buffer_size=25)
    assert (changed.enabled, changed.redact_fields, changed.before_send) == (False, ("x",), before_send)
    assert changed.headers == {"a": "b"}
    assert config == TelemetryConfig(headers={"a": "b"})
    with pytest.raises(ConfigurationError, match="max_queue_size"):
        config.updated(max_buffer_size=500)


def test_live_fields_are_the_contracts() -> None:
    """What may change while telemetry runs is what the contract names."""
    live = (
        "enabled debug sampling sampling_rate sampling_rules max_events_per_window throttle_window_ms max_buffer_size"
    )
    assert {*live.split(), "flush_interval_ms", "redact_fields", "keep_fields", "before_send"} == LIVE_FIELDS


@pytest.mark.parametrize("name", sorted(FIELDS - LIVE_FIELDS))
def test_updated_refuses_the_others(name: str) -> None:
    """A field that is not live says how to change it, even where the value stays."""
    with pytest.raises(ConfigurationError, match=rf"^{name} cannot be changed.*configure\(replace=True\)"):
        TelemetryConfig().updated(**{name: getattr(TelemetryConfig(), name)})


def test_timeout_in_seconds() -> None:
    """The timeout is there in seconds, resolved or not."""
    assert TelemetryConfig().timeout_s == 10
    assert TelemetryConfig(timeout_ms=250).timeout_s == 0.25


@pytest.mark.parametrize("headers", [{"a!": "b"}, {"a-bin": "b"}, {"a": "s3cret-é"}, {"a": "s3cret\t"}])
def test_headers_that_grpc_cannot_send(headers: dict[str, str]) -> None:
    """What HTTP can send and gRPC cannot is refused for gRPC, without showing a value."""
    with pytest.raises(ConfigurationError, match=r"^headers") as caught:
        TelemetryConfig(transport="grpc", headers=headers)
    assert "s3cret" not in str(caught.value)


def test_host_and_port_is_for_grpc() -> None:
    """An address without a scheme is taken for gRPC, and with its scheme and port alone."""
    assert TelemetryConfig(transport="grpc", endpoint="collector:4317").endpoint == "collector:4317"
    assert TelemetryConfig(transport="grpc", endpoint="https://collector/a").endpoint == "https://collector"
    for transport in ("http", "console", "local"):
        with pytest.raises(
            ConfigurationError, match=r"^endpoint must be .*host:port is for grpc.*got 'collector:4317'"
        ):
            configure(transport=transport, endpoint="collector:4317")


def test_origin_is_no_setting() -> None:
    """What resolve() notes cannot be set by a name of its own, nor to nonsense."""
    with pytest.raises(ConfigurationError, match="unknown setting 'origin'"):
        resolve(environ={}, origin=TelemetryConfig().origin)
    with pytest.raises(ConfigurationError, match="origin"):
        configure(origin="environment")


def test_importing_it_imports_no_sdk() -> None:
    """Configuration costs nothing but the standard library until it is used."""
    root = Path(clippy_otel.__file__).parents[1]
    code = "import sys, clippy_otel.config; print(*{name.partition('.')[0] for name in sys.modules})"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True, timeout=60
    )
    assert not {"opentelemetry", "requests", "google", "sqlite3", "asyncio"} & set(done.stdout.split())
