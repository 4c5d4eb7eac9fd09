"""Where settings come from, and which source wins."""

from __future__ import annotations

import contextlib
import dataclasses
import logging
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clippy_otel.config import TelemetryConfig, resolve
from clippy_otel.config.fields import KINDS
from clippy_otel.exceptions import ConfigurationError, NotAvailableYetError
from clippy_otel.ports import SIGNALS
from tests.config._rows import KEY, ROWS, deliver

CONTENT = "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT"
WITH_TEXT = [name for name, row in ROWS.items() if row.texts is not None]


def variable(name: str) -> str:
    """Return the variable of a field."""
    return f"CLIPPY_OTEL_{name.upper()}"


@pytest.mark.parametrize("name", WITH_TEXT)
def test_each_field_reads_its_variable(name: str) -> None:
    """A variable stands for its field's value."""
    row = ROWS[name]
    for text, value in row.texts or ():
        config = resolve(environ={variable(name): text}, **dict(row.beside))
        assert getattr(config, name) == value


@pytest.mark.parametrize("name", WITH_TEXT)
def test_bad_variables_are_named(name: str) -> None:
    """A variable that cannot be read or holds a bad value is refused by its own name, or its field's."""
    row = ROWS[name]
    for text in row.bad_texts:
        with pytest.raises(ConfigurationError, match=f"{variable(name)}|{name}"):
            resolve(environ={variable(name): text}, **dict(row.beside))


@pytest.mark.parametrize("name", ["max_buffer_size", "debug", "timeout_ms", "endpoint", "headers", "pseudonym_key"])
def test_a_bad_variable_is_the_errors_first_word(name: str) -> None:
    """What an operator set is what an operator reads."""
    with pytest.raises(ConfigurationError, match=f"^{variable(name)}"):
        resolve(environ={variable(name): "?"})


@pytest.mark.parametrize("name", sorted(ROWS.keys() - set(WITH_TEXT)))
def test_what_only_code_can_give_has_no_variable(name: str) -> None:
    """A callable or an object of ours is not read from the environment."""
    assert not KINDS[name].from_text
    assert resolve(environ={variable(name): "x"}) == resolve(environ={})


@pytest.mark.parametrize("name", WITH_TEXT)
def test_an_empty_variable_is_not_set(name: str) -> None:
    """Empty or blank text says nothing, as OpenTelemetry has it."""
    for text in ("", "  "):
        assert resolve(environ={variable(name): text}) == resolve(environ={})


def test_later_features_from_variables() -> None:
    """A feature that is not there yet says so, wherever it is asked for."""
    with pytest.raises(NotAvailableYetError, match="store"):
        resolve(environ={variable("store"): "chdb:///a"})


@pytest.mark.parametrize("word", ["true", "True", "SPAN_ONLY", "event_only", "span_and_event"])
def test_content_is_captured_where_the_environment_asks_for_it(word: str) -> None:
    """In the words of instrumentations of AI libraries; this package's own variable and arguments win."""
    env = {CONTENT: word}
    assert resolve(environ=env).capture_content is True
    assert resolve(environ={**env, variable("capture_content"): "false"}).capture_content is False
    assert resolve(environ=env, capture_content=False).capture_content is False
    assert resolve(environ=env, config=TelemetryConfig()).capture_content is False


@pytest.mark.parametrize("word", ["", "false", "NO_CONTENT"])
def test_content_is_not_captured_otherwise(word: str) -> None:
    """Where nobody asks for it."""
    assert resolve(environ={CONTENT: word}).capture_content is False


def test_a_word_of_others_that_is_not_known_is_said(caplog: pytest.LogCaptureFixture) -> None:
    """It is no setting of this package, so it cannot be an error."""
    assert resolve(environ={CONTENT: "maybe"}).capture_content is False
    assert [record.message for record in caplog.records] == [f"{CONTENT}: must be true or false; it is ignored"]


def test_arguments_win_over_variables_over_defaults() -> None:
    """Arguments > CLIPPY_OTEL_* > OTEL_* > defaults."""
    env = {"OTEL_SERVICE_NAME": "otel"}
    assert resolve(environ={}).service_name is None
    assert resolve(environ=env).service_name == "otel"
    env["CLIPPY_OTEL_SERVICE_NAME"] = "own"
    assert resolve(environ=env).service_name == "own"
    assert resolve("argument", environ=env).service_name == "argument"
    assert resolve(environ=env, service_name="argument").service_name == "argument"
    assert resolve("argument", environ=env, config=TelemetryConfig(service_name="base")).service_name == "argument"
    assert resolve(environ=env, config=TelemetryConfig(service_name="base")).service_name == "base"


def test_a_variable_below_an_argument_is_not_read() -> None:
    """What an argument overrides cannot be in the way."""
    assert resolve(environ={"CLIPPY_OTEL_MAX_BUFFER_SIZE": "many"}, max_buffer_size=5).max_buffer_size == 5


def test_a_configuration_is_an_argument_as_a_whole() -> None:
    """A base's defaults win over variables; what says nothing in it, None or empty, is filled from them."""
    env = {"CLIPPY_OTEL_MAX_BUFFER_SIZE": "5", "CLIPPY_OTEL_PSEUDONYM_KEY": KEY, "CLIPPY_OTEL_REDACT_FIELDS": "a,b"}
    config = resolve(environ=env, config=TelemetryConfig.server(), debug=True)
    assert (config.max_buffer_size, config.pseudonym_key, config.redact_fields) == (512, KEY, ("a", "b"))
    assert config.debug is True
    assert resolve(environ=env, config=TelemetryConfig()).max_buffer_size == 50
    assert resolve(environ=env, config=TelemetryConfig(flush_on=())).flush_on == ()
    assert resolve(environ=env, config=TelemetryConfig(), redact_fields=()).redact_fields == ()


def test_a_mapping_says_what_it_holds() -> None:
    """The specification's mapping can be the base; the rest comes from the environment."""
    env = {"CLIPPY_OTEL_DEBUG": "1", "CLIPPY_OTEL_MAX_BUFFER_SIZE": "7"}
    config = resolve(environ=env, config={"maxBufferSize": 5, "redactPII": False}, redact_pii=True)
    assert (config.max_buffer_size, config.debug, config.redact_pii) == (5, True, True)
    with pytest.raises(ConfigurationError, match="unknown setting 'maxBufer'"):
        resolve(environ=env, config={"maxBufer": 5})


@pytest.mark.parametrize("config", ["debug", 5, [("debug", True)]])
def test_other_bases_are_refused(config: Any) -> None:
    """A base is a configuration or a mapping."""
    with pytest.raises(ConfigurationError, match="config must be a TelemetryConfig"):
        resolve(environ={}, config=config)


def test_none_says_nothing() -> None:
    """An argument at None leaves the field to the environment, and clears a base's."""
    env = {"CLIPPY_OTEL_ENDPOINT": "http://own"}
    assert resolve(None, environ=env, endpoint=None).endpoint == "http://own"
    base = TelemetryConfig(transport="custom", custom_transport=deliver, endpoint="http://base")
    config = resolve(environ=env, config=base, transport="http", custom_transport=None, endpoint=None)
    assert (config.custom_transport, config.endpoint) == (None, "http://own")
    with pytest.raises(ConfigurationError, match="max_buffer_size"):
        resolve(environ=env, max_buffer_size=None)


def test_the_processs_environment_is_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without an environment given, the process's own is read."""
    monkeypatch.setenv("CLIPPY_OTEL_SERVICE_NAME", "own")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://otel")
    assert resolve().service_name == "own"
    assert resolve(config=TelemetryConfig()).signal_endpoint("logs") == "http://otel/v1/logs"


def test_service_name_within_resource_attributes() -> None:
    """A service name among the resource attributes wins over that of a lower source, as any argument does."""
    env = {"OTEL_SERVICE_NAME": "otel", "CLIPPY_OTEL_SERVICE_NAME": "own"}
    attributes = {"service.name": "argument", "deployment.environment.name": "test"}
    config = resolve(environ=env, resource_attributes=attributes)
    assert (config.service_name, config.environment, config.service_version) == ("argument", "test", None)
    assert resolve("first", environ=env, resource_attributes=attributes).service_name == "first"
    env = {"OTEL_SERVICE_NAME": "otel", "CLIPPY_OTEL_RESOURCE_ATTRIBUTES": "service.name=own"}
    assert resolve(environ=env).service_name == "own"


@pytest.mark.parametrize(
    "env", [{"OTEL_SDK_DISABLED": "true"}, {"OTEL_SDK_DISABLED": " TRUE "}, {"CLIPPY_OTEL_ENABLED": "off"}]
)
def test_switched_off_by_the_environment(env: dict[str, str]) -> None:
    """The operator's switch wins over arguments, over a base and over later updates."""
    for config in (
        resolve(environ=env),
        resolve(environ=env, enabled=True),
        resolve(environ=env, config=TelemetryConfig(enabled=True)),
        resolve(environ=env, enabled=True).updated(enabled=True),
        dataclasses.replace(resolve(environ=env), enabled=True),
    ):
        assert config.enabled is False


def test_not_switched_off_by_the_environment() -> None:
    """Whatever is not "true" leaves the SDK's switch alone; CLIPPY_OTEL_ENABLED=true does not win over an argument."""
    for text in ("false", "1", "yes", ""):
        assert resolve(environ={"OTEL_SDK_DISABLED": text}).enabled is True
    assert resolve(environ={"CLIPPY_OTEL_ENABLED": "true"}, enabled=False).enabled is False
    assert resolve(environ={}, enabled=False).updated(enabled=True).enabled is True


def test_switched_off_is_asked_of_each_environment() -> None:
    """A base that was resolved where telemetry is off does not switch it off elsewhere."""
    base = resolve(environ={"OTEL_SDK_DISABLED": "true"})
    assert resolve(environ={}, config=base, enabled=True).enabled is True


def test_bad_switch() -> None:
    """An unreadable switch is refused even where an argument stands above it: it may be meant to win."""
    with pytest.raises(ConfigurationError, match=r"^CLIPPY_OTEL_ENABLED"):
        resolve(environ={"CLIPPY_OTEL_ENABLED": "never"}, enabled=True)


ENDPOINTS = [
    ({}, {}, "http://localhost:4318", "http://localhost:4318/v1/logs", "http://localhost:4318/v1/traces"),
    ({"endpoint": "http://a/"}, {}, "http://a", "http://a/v1/logs", "http://a/v1/traces"),
    (
        {},
        {"OTEL_EXPORTER_OTLP_ENDPOINT": "https://b/x/"},
        "https://b/x",
        "https://b/x/v1/logs",
        "https://b/x/v1/traces",
    ),
    (
        {},
        {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://b", "OTEL_EXPORTER_OTLP_LOGS_ENDPOINT": "http://c/v1/logs"},
        "http://c",
        "http://c/v1/logs",
        "http://b/v1/traces",
    ),
    (
        {},
        {"OTEL_EXPORTER_OTLP_LOGS_ENDPOINT": "https://c/in?key=k", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "https://t"},
        "https://c/in",
        "https://c/in?key=k",
        "https://t",
    ),
    (
        {},
        {"CLIPPY_OTEL_ENDPOINT": "http://own", "OTEL_EXPORTER_OTLP_LOGS_ENDPOINT": "http://c/v1/logs"},
        "http://own",
        "http://own/v1/logs",
        "http://own/v1/traces",
    ),
    (
        {"endpoint": "http://c"},
        {"CLIPPY_OTEL_ENDPOINT": "http://own", "OTEL_EXPORTER_OTLP_LOGS_ENDPOINT": "http://c/other"},
        "http://c",
        "http://c/v1/logs",
        "http://c/v1/traces",
    ),
]


@pytest.mark.parametrize("settings, env, endpoint, logs, traces", ENDPOINTS)
def test_endpoints(settings: dict[str, Any], env: dict[str, str], endpoint: str, logs: str, traces: str) -> None:
    """Argument > CLIPPY_OTEL_ENDPOINT > the signal's variable > OTEL_EXPORTER_OTLP_ENDPOINT > default."""
    config = resolve(environ=env, **settings)
    assert config.endpoint == endpoint
    assert (config.signal_endpoint("logs"), config.signal_endpoint("spans")) == (logs, traces)
    assert resolve(config=TelemetryConfig(**settings), environ=env).signal_endpoint("logs") == logs


def test_endpoints_outlive_updates_and_the_environment() -> None:
    """A resolved configuration keeps its endpoints: through updates, as a base, in another environment."""
    env = {"OTEL_EXPORTER_OTLP_LOGS_ENDPOINT": "http://c/custom"}
    config = resolve(environ=env)
    for later in (config, config.updated(debug=True), resolve(environ={}, config=config)):
        assert (later.endpoint, later.signal_endpoint("logs")) == ("http://c/custom", "http://c/custom")
    assert resolve(environ=env, config=config) == config


def test_a_later_endpoint_voids_the_environments() -> None:
    """Setting the endpoint on top of a resolved configuration leaves nothing of the variables behind."""
    config = resolve(environ={"OTEL_EXPORTER_OTLP_LOGS_ENDPOINT": "http://c/custom"})
    for later in (
        dataclasses.replace(config, endpoint="http://d"),
        resolve(environ={}, config=config, endpoint="http://d"),
    ):
        assert [later.signal_endpoint(signal) for signal in SIGNALS] == [
            "http://d/v1/logs",
            "http://d/v1/traces",
            "http://d/v1/metrics",
        ]
    assert resolve(environ={}, config=config, endpoint="http://d") == resolve(environ={}, endpoint="http://d")


@pytest.mark.parametrize(
    "name, text",
    [
        ("ENDPOINT", "localhost:4317"),
        ("ENDPOINT", "http://h?x=y"),
        ("LOGS_ENDPOINT", "h/v1/logs"),
        ("METRICS_ENDPOINT", "http://h#f"),
        ("TIMEOUT", "ten"),
        ("LOGS_TIMEOUT", "0"),
        ("TRACES_TIMEOUT", "soon"),
        ("TIMEOUT", "1e9"),
    ],
)
def test_bad_otlp_variables(name: str, text: str) -> None:
    """A bad OTEL_EXPORTER_OTLP_* variable is refused by its name, and not looked at by other transports."""
    env = {f"OTEL_EXPORTER_OTLP_{name}": text}
    with pytest.raises(ConfigurationError, match=f"^OTEL_EXPORTER_OTLP_{name}"):
        resolve(environ=env)
    for config in (
        resolve(environ=env, transport="console"),
        resolve(environ={**env, "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"}, delivers=False),
    ):
        assert config.transport in ("console", "http")
        assert (config.endpoint, config.timeout_ms) == (None, 10_000)


GRPC_ENDPOINTS = [
    ({}, {}, "http://localhost:4317", "http://localhost:4317"),
    ({"endpoint": "collector:4317"}, {}, "collector:4317", "collector:4317"),
    ({"endpoint": "https://a:1/path/"}, {}, "https://a:1", "https://a:1"),
    ({}, {"CLIPPY_OTEL_ENDPOINT": "[::1]:4317"}, "[::1]:4317", "[::1]:4317"),
    ({}, {"OTEL_EXPORTER_OTLP_ENDPOINT": "b:4317"}, "b:4317", "b:4317"),
    ({}, {"OTEL_EXPORTER_OTLP_ENDPOINT": "https://b/v1/logs?x=y"}, "https://b", "https://b"),
    (
        {},
        {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://b:1", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "t:4317"},
        "http://b:1",
        "t:4317",
    ),
    ({"endpoint": "c:1"}, {"OTEL_EXPORTER_OTLP_LOGS_ENDPOINT": "http://l:1"}, "c:1", "c:1"),
]


@pytest.mark.parametrize("settings, env, logs, spans", GRPC_ENDPOINTS)
def test_grpc_endpoints(settings: dict[str, Any], env: dict[str, str], logs: str, spans: str) -> None:
    """Over gRPC an endpoint is an address, with a scheme or without; signals have no paths."""
    config = resolve(environ=env, transport="grpc", **settings)
    assert (config.endpoint, config.signal_endpoint("logs")) == (logs, logs)
    assert config.signal_endpoint("spans") == spans
    assert resolve(environ={}, config=config) == config


@pytest.mark.parametrize(
    "text", ["h", "u:pass-w0rd@h:1", "https://u:pass-w0rd@h:1", "ftp://h:1", "h:0", "h:99999", "h:x"]
)
def test_bad_grpc_endpoints(text: str) -> None:
    """What is no address for gRPC is refused by the name of its variable, user info among it, which is not shown."""
    for variable in ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT"):
        with pytest.raises(ConfigurationError, match=f"^{variable}") as caught:
            resolve(environ={variable: text}, transport="grpc")
        assert "pass-w0rd" not in str(caught.value)
    with pytest.raises(ConfigurationError, match=r"^endpoint"):
        resolve(environ={}, transport="grpc", endpoint=text)


def test_another_transport_has_endpoints_of_its_own() -> None:
    """What the environment gave to HTTP is not taken over by gRPC; what was set is."""
    env = {"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://t:1/v1/traces"}
    config = resolve(environ=env)
    over_grpc = resolve(environ={}, config=config, transport="grpc")
    assert [over_grpc.signal_endpoint(signal) for signal in SIGNALS] == ["http://localhost:4317"] * 3
    given = resolve(environ=env, config=resolve(environ=env, endpoint="http://set:1"), transport="grpc")
    assert [given.signal_endpoint(signal) for signal in SIGNALS] == ["http://set:1"] * 3
    assert TelemetryConfig(transport="grpc").signal_endpoint("logs") == "http://localhost:4317"


OTLP_PROTOCOL = "OTEL_EXPORTER_OTLP_PROTOCOL"
OF_EACH_SIGNAL = [f"OTEL_EXPORTER_OTLP_{signal}_PROTOCOL" for signal in ("LOGS", "TRACES", "METRICS")]


@pytest.mark.parametrize(
    "settings, env, transport",
    [
        ({}, {OTLP_PROTOCOL: "grpc"}, "grpc"),
        ({}, {OTLP_PROTOCOL: " HTTP/protobuf "}, "http"),
        ({}, dict.fromkeys(OF_EACH_SIGNAL, "grpc"), "grpc"),
        ({}, {OTLP_PROTOCOL: "grpc", **dict.fromkeys(OF_EACH_SIGNAL, "http/protobuf")}, "http"),
        ({"transport": "http"}, {OTLP_PROTOCOL: "grpc"}, "http"),
        ({"config": {"transport": "console"}}, {OTLP_PROTOCOL: "grpc"}, "console"),
        ({"config": TelemetryConfig()}, {OTLP_PROTOCOL: "grpc"}, "http"),
        ({}, {OTLP_PROTOCOL: "grpc", "CLIPPY_OTEL_TRANSPORT": "http"}, "http"),
        ({"delivers": False}, {OTLP_PROTOCOL: "grpc"}, "http"),
    ],
)
def test_protocol(
    settings: dict[str, Any], env: dict[str, str], transport: str, caplog: pytest.LogCaptureFixture
) -> None:
    """The environment's protocol is the transport where nothing else says one."""
    assert resolve(environ=env, **settings).transport == transport
    assert not caplog.records


@pytest.mark.parametrize(
    "env, transport, warned",
    [
        ({OTLP_PROTOCOL: "http/json"}, "http", f"{OTLP_PROTOCOL}: must be grpc or http/protobuf"),
        ({OTLP_PROTOCOL: "udp"}, "http", f"{OTLP_PROTOCOL}: must be grpc or http/protobuf"),
        ({OTLP_PROTOCOL: "grpc", OF_EACH_SIGNAL[0]: "http/json"}, "grpc", f"{OF_EACH_SIGNAL[0]}: must be grpc"),
        ({OTLP_PROTOCOL: "grpc", OF_EACH_SIGNAL[1]: "http/protobuf"}, "grpc", "all signals go by one protocol"),
        ({OF_EACH_SIGNAL[1]: "grpc"}, "http", "all signals go by one protocol"),
    ],
)
def test_protocols_that_cannot_be_had(
    env: dict[str, str], transport: str, warned: str, caplog: pytest.LogCaptureFixture
) -> None:
    """A protocol that is not known, or for one signal only, is warned about once, and ignored."""
    assert resolve(environ=env).transport == transport
    (logged,) = caplog.records
    assert warned in logged.getMessage()


@pytest.mark.parametrize("transport", ["http", "grpc"])
@pytest.mark.parametrize(
    "settings, env, timeout_ms, by_signal",
    [
        ({}, {}, 10_000, [10, 10, 10]),
        ({}, {"OTEL_EXPORTER_OTLP_TIMEOUT": "5"}, 5000, [5, 5, 5]),
        (
            {},
            {"OTEL_EXPORTER_OTLP_TIMEOUT": "5", "OTEL_EXPORTER_OTLP_LOGS_TIMEOUT": "0.5"},
            5000,
            [0.5, 5, 5],
        ),
        (
            {},
            {"OTEL_EXPORTER_OTLP_TRACES_TIMEOUT": "20", "OTEL_EXPORTER_OTLP_METRICS_TIMEOUT": "2"},
            10_000,
            [10, 20, 2],
        ),
        ({}, {"OTEL_EXPORTER_OTLP_TIMEOUT": "5", "CLIPPY_OTEL_TIMEOUT_MS": "700"}, 700, [0.7, 0.7, 0.7]),
        ({"timeout_ms": 900}, {"OTEL_EXPORTER_OTLP_LOGS_TIMEOUT": "soon"}, 900, [0.9, 0.9, 0.9]),
    ],
)
def test_timeouts(
    settings: dict[str, Any], env: dict[str, str], timeout_ms: float, by_signal: list[float], transport: str
) -> None:
    """The SDK's variables are in seconds, ours in milliseconds; a signal's own comes before the general."""
    config = resolve(environ=env, transport=transport, **settings)
    assert config.timeout_ms == timeout_ms
    for later in (config, config.updated(debug=True), resolve(environ={}, config=config)):
        assert [later.signal_timeout_s(signal) for signal in SIGNALS] == by_signal
        assert later.timeout_s == max(by_signal)
    again = resolve(environ={}, config=config, timeout_ms=1234)
    assert {again.signal_timeout_s(signal) for signal in SIGNALS} == {1.234}


def test_same_settings_are_equal() -> None:
    """Resolving twice gives equal configurations; another environment gives another one."""
    env = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://b", "CLIPPY_OTEL_HEADERS": "a=b"}
    assert resolve("x", environ=env, redact_fields=["a"]) == resolve("x", environ=env, redact_fields=["a"])
    assert resolve("x", environ=env) != resolve("x", environ={})


@given(st.text(max_size=40) | st.text(st.sampled_from('ab=,;"% \t\n0dé\\'), max_size=12))
def test_header_variables_never_reach_the_log(text: str) -> None:
    """Whatever a header variable holds: it is read or refused, and the SDK's parser never writes it to the log."""
    logged: list[str] = []

    def note(record: logging.LogRecord) -> bool:
        logged.append(record.getMessage())
        return False

    logger = logging.getLogger("opentelemetry.util.re")
    logger.addFilter(note)
    try:
        with contextlib.suppress(ConfigurationError):
            resolve(environ={"CLIPPY_OTEL_HEADERS": text})
    finally:
        logger.removeFilter(note)
    assert logged == []


@given(st.sampled_from(WITH_TEXT), st.text(max_size=40))
def test_any_text_is_read_or_refused(name: str, text: str) -> None:
    """No text of a variable leads to anything but a configuration or a ConfigurationError."""
    with contextlib.suppress(ConfigurationError):
        resolve(environ={variable(name): text})


def test_where_nothing_is_delivered_the_addresses_of_others_are_not_read() -> None:
    """What gRPC's exporters take for an endpoint is refused only where this package would have to deliver there."""
    environ = {"OTEL_EXPORTER_OTLP_ENDPOINT": "localhost:4317", "OTEL_EXPORTER_OTLP_TIMEOUT": "soon"}
    with pytest.raises(ConfigurationError, match=r"^OTEL_EXPORTER_OTLP_"):
        resolve(environ=environ)
    config = resolve(environ={**environ, "CLIPPY_OTEL_REDACT_FIELDS": "colour"}, delivers=False)
    assert config.redact_fields == ("colour",)
