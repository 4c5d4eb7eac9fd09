"""What may be seen of settings: no header's value, no user info, no password, no key, anywhere."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clippy_otel.config import TelemetryConfig, mask_url, resolve
from clippy_otel.exceptions import ConfigurationError
from tests.config._rows import configure, deliver

SECRET = "s3cretValueOf32CharactersOrMore!"
# Everything that an unescaped password may hold, URL syntax included.
PASSWORDS = st.text(st.sampled_from("ab/?#:@[]% \\&="), max_size=6).map(lambda tail: SECRET[:12] + tail + SECRET[12:20])

SECRET_SETTINGS: dict[str, Any] = {
    "endpoint": f"https://user:{SECRET}@h:4318/x",
    "headers": {"authorization": f"Bearer {SECRET}"},
    "pseudonym_key": SECRET,
    "before_send": type(SECRET, (), {"__call__": lambda _, event: event, "__repr__": lambda _: SECRET})(),
}


def refused(call: Callable[[], object]) -> str:
    """Return all that a refusal shows: its message and its whole traceback, causes included."""
    with pytest.raises(ConfigurationError) as caught:
        call()
    return "".join(traceback.format_exception(caught.value))


def test_no_repr_shows_a_secret() -> None:
    """repr, str and describe() of a configuration, given or resolved, show names but no secrets."""
    settings = {name: value for name, value in SECRET_SETTINGS.items() if name != "before_send"}
    for config in (TelemetryConfig(**settings), resolve(environ={}, **settings), resolve(environ={}).updated()):
        for text in (
            repr(config),
            str(config),
            f"{config}",
            repr(config.describe()),
            repr(config.headers),
            repr(config.origin),
        ):
            assert SECRET not in text
    assert repr(TelemetryConfig(**settings)) == (
        "TelemetryConfig(endpoint='https://***@h:4318/x', headers={'authorization': '***'}, pseudonym_key='***')"
    )


def test_no_repr_shows_what_the_environment_held() -> None:
    """Secrets from variables are masked like those from arguments."""
    env = {
        "OTEL_EXPORTER_OTLP_LOGS_ENDPOINT": f"https://u:{SECRET[:20]}@h/in?key={SECRET[:20]}",
        "CLIPPY_OTEL_HEADERS": f"api-key={SECRET[:20]}",
        "CLIPPY_OTEL_PSEUDONYM_KEY": SECRET[:20],
    }
    config = resolve(environ=env)
    assert SECRET[:20] in config.signal_endpoint("logs")
    for text in (repr(config), repr(config.describe()), repr(config.origin)):
        assert SECRET[:20] not in text


def test_callables_are_named_by_their_type() -> None:
    """What an application gave is shown by its type: its repr is not ours to print."""
    config = TelemetryConfig(transport="custom", custom_transport=deliver, before_send=SECRET_SETTINGS["before_send"])
    assert config.describe()["custom_transport"] == "<function>"
    assert "custom_transport='<function>'" in repr(config)


def test_repr_shows_what_was_set() -> None:
    """A repr holds what differs from the defaults."""
    assert repr(TelemetryConfig()) == "TelemetryConfig()"
    assert repr(TelemetryConfig(debug=True, redact_fields=["a"])) == "TelemetryConfig(redact_fields=('a',), debug=True)"


@pytest.mark.parametrize(
    "settings",
    [
        {"endpoint": f"ftp://user:{SECRET}@h"},
        {"endpoint": f"user:{SECRET}@h:4318"},
        {"endpoint": f"https://h?key={SECRET}"},
        {"endpoint": f"https://u:{SECRET}@[::1"},
        {"endpoint": f"https://u:{SECRET}@h:port"},
        {"endpoint": f"https://u:{SECRET}@h/v1/logs"},
        {"endpoint": f"https://u:{SECRET}@h:4317", "transport": "grpc"},
        {"headers": {"authorization": f"{SECRET}é"}, "transport": "grpc"},
        {"endpoint": f"https://u:{SECRET}@h".encode()},
        {"endpoint": [f"https://u:{SECRET}@h"]},
        {"transport": f"https://u:{SECRET}@h"},
        {"headers": {"authorization": f"{SECRET}\n"}},
        {"headers": {"authorization": SECRET.encode()}},
        {"headers": {"authorization": [SECRET]}},
        {"headers": {f"Bearer {SECRET}": "authorization"}},
        {"headers": {SECRET.encode(): "authorization"}},
        {"headers": f"authorization={SECRET}"},
        {"headers": [("authorization", SECRET)]},
        {"headers": {"a": SECRET, "A": SECRET}},
        {"pseudonym_key": SECRET[:15]},
        {"pseudonym_key": SECRET[:15].encode()},
        {"pseudonym_key": [SECRET]},
        {"pseudonym_key": bytearray(SECRET.encode())},
        {"store": f"postgres://user:{SECRET}@h/db"},
        {"store": f"clickhouse://user:{SECRET}@h/db"},
        {"store": f"sqlite:///a.db?key={SECRET}"},
        {"resource_attributes": {"password": SECRET.encode()}},
        {"custom_transport": [SECRET], "transport": "custom"},
        {**SECRET_SETTINGS, "max_buffer_size": 0},
        {**SECRET_SETTINGS, "max_buffer_size": 1000},
        {**SECRET_SETTINGS, "max_bufer_size": 10},
        {**SECRET_SETTINGS, "store": "chdb:///a"},
    ],
)
def test_no_error_shows_a_secret(settings: dict[str, Any]) -> None:
    """No refusal, of the secret itself or of something beside it, shows it, in its causes neither."""
    for call in (
        lambda: TelemetryConfig(**settings),
        lambda: TelemetryConfig.from_mapping(settings),
        lambda: resolve(environ={}, **settings),
    ):
        assert SECRET[:15] not in refused(call)


@pytest.mark.parametrize(
    "env",
    [
        {"CLIPPY_OTEL_HEADERS": f"authorization: {SECRET}"},
        {"CLIPPY_OTEL_HEADERS": f"a={SECRET}%0ab"},
        {"CLIPPY_OTEL_HEADERS": SECRET},
        {"CLIPPY_OTEL_ENDPOINT": f"u:{SECRET}@h"},
        {"CLIPPY_OTEL_PSEUDONYM_KEY": SECRET[:15]},
        {"CLIPPY_OTEL_STORE": f"postgres://u:{SECRET}@h"},
        {"CLIPPY_OTEL_RESOURCE_ATTRIBUTES": f"a=b,{SECRET}"},
        {"OTEL_EXPORTER_OTLP_ENDPOINT": f"u:{SECRET}@h"},
        {"OTEL_EXPORTER_OTLP_ENDPOINT": f"https://h?key={SECRET}"},
        {"OTEL_EXPORTER_OTLP_LOGS_ENDPOINT": f"https://u:{SECRET}@h/v1/logs#x"},
    ],
)
def test_no_error_shows_a_secret_of_a_variable(env: dict[str, str]) -> None:
    """A variable that is refused is named, its secret is not."""
    shown = refused(lambda: resolve(environ=env))
    assert next(iter(env)) in shown
    assert SECRET[:15] not in shown


@given(PASSWORDS, st.sampled_from(["https://u:{}@h", "u:{}@h", "ftp://{}@h/x", "clickhouse://u:{}@h/d", "//{}@h"]))
def test_any_password_is_masked(password: str, form: str) -> None:
    """Whatever characters a password holds, neither repr nor error shows any part of its secret."""
    url = form.format(password)
    assert SECRET[:12] not in mask_url(url)
    for name in ("endpoint", "store"):
        try:
            shown = repr(configure(**{name: url}))
        except ConfigurationError as error:
            shown = str(error)
        assert SECRET[:12] not in shown


@pytest.mark.parametrize(
    "url, masked",
    [
        ("https://h:4318/a", "https://h:4318/a"),
        ("https://u@h", "https://***@h"),
        ("https://u:p@h/a", "https://***@h/a"),
        ("https://h/a?key=k#f", "https://h/a?***"),
        ("sqlite:///me@home/a.db", "sqlite:///me@home/a.db"),
        ("clickhouse://u:p@h:9000/d?x=y", "clickhouse://***@h:9000/d?***"),
    ],
)
def test_mask_url(url: str, masked: str) -> None:
    """User info and query go, the rest stays readable."""
    assert mask_url(url) == masked
