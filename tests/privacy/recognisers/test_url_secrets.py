"""Secrets in URLs: user information of any scheme, paths of webhooks; and what only looks like it."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clippy_otel.privacy.recognisers.url_secrets import URL_SECRET, WEBHOOK
from tests.privacy._finding import AFTER, assert_linear, is_open, without

FOUND = [
    ("https://alice:pw@example.com/", "https://#@example.com/"),
    ("postgres://app:s3cr3t@db:5432/x", "postgres://#@db:5432/x"),
    ("postgres://app:p@ss:w0rd@db:5432/x", "postgres://#@db:5432/x"),
    ("postgres://app:p/ss#w?rd@db.internal:5432/x", "postgres://#@db.internal:5432/x"),
    ("redis://:pw@host", "redis://#@host"),
    ("redis://:$ecr3t@host", "redis://#@host"),
    ("rediss://default:pw@host:6380/0?ssl=true", "rediss://#@host:6380/0?ssl=true"),
    ("amqp://guest:guest@rabbit:5672/%2F", "amqp://#@rabbit:5672/%2F"),
    (
        "mongodb+srv://u:p%40ss@cluster0.abc.mongodb.net/db?w=majority",
        "mongodb+srv://#@cluster0.abc.mongodb.net/db?w=majority",
    ),
    ("mongodb://u:p@h1:27017,h2:27017/db", "mongodb://#@h1:27017,h2:27017/db"),
    ("jdbc:mysql://root:pw@host:3306/db", "jdbc:mysql://#@host:3306/db"),
    ("jdbc:oracle:thin:scott/tiger@//db:1521/x", "jdbc:oracle:thin:#@//db:1521/x"),
    ("http://u:p@[2001:db8::1]:80/", "http://#@[2001:db8::1]:80/"),
    ("ftp://u:p@10.0.0.1", "ftp://#@10.0.0.1"),
    ('{"url":"https:\\/\\/u:p@h\\/x"}', '{"url":"https:\\/\\/#@h\\/x"}'),
    ('{"url":"https://u:p@h/x","b":"c@d"}', '{"url":"https://#@h/x","b":"c@d"}'),
    ("pip install -i https://u:p@pypi.example.com/simple x", "pip install -i https://#@pypi.example.com/simple x"),
    ("next=https%3A%2F%2Fu%3Apass%40host%2Fx", "next=https%3A%2F%2F#%40host%2Fx"),
    ("https://4bf92f3577b34da6a3ce929d0e0e4736@o123.ingest.sentry.io/456", "https://#@o123.ingest.sentry.io/456"),
    ("root:secret@tcp(127.0.0.1:3306)/db", "#@tcp(127.0.0.1:3306)/db"),
    ("DSN=root:s@t/@unix(/tmp/mysql.sock)/db", "DSN=#@unix(/tmp/mysql.sock)/db"),
    ("https://a:b@c/https://d:e@f", "https://#@c/https://#@f"),
    ("接続https://u:p@hに", "接続https://#@hに"),
    (
        "https://hooks.slack.com/services/T00000000/B00000000/XXXXXXXXXXXXXXXXXXXXXXXX.",
        "https://hooks.slack.com/services/#.",
    ),
    (
        "https://discord.com/api/webhooks/123456789012345678/aBcDeFgHiJkLmNoPqRsTuVwXyZ0123456789-_aBcDeFgHiJkLmNoPqRsTuVwXyZ01234?wait=1",
        "https://discord.com/api/webhooks/#?wait=1",
    ),
    (
        "https://open.feishu.cn/open-apis/bot/v2/hook/0a1b2c3d-4e5f-6a7b-8c9d",
        "https://open.feishu.cn/open-apis/bot/v2/hook/#",
    ),
    ("https://hooks.zapier.com/hooks/catch/1234567/abcdefg/", "https://hooks.zapier.com/hooks/catch/#/"),
    (
        "https://x.webhook.office.com/webhookb2/550e8400-e29b-41d4-a716-446655440000@550e8400-e29b-41d4-a716-446655440000/IncomingWebhook/0e/1",
        "https://x.webhook.office.com/webhookb2/#",
    ),
]


@pytest.mark.parametrize("text,expected", FOUND)
def test_secret_is_found(text: str, expected: str) -> None:
    """The secret goes, the rest of the URL stays, and the gate is open."""
    finder = WEBHOOK if "hook" in text else URL_SECRET
    assert without(finder, text) == expected
    assert is_open(finder, text)


LEFT = [
    "ssh://git@github.com/org/repo.git git@github.com:org/repo.git sftp://deploy@host:22 https://github.com/@octocat",
    "http://localhost:8080/@vite/client http://10.0.0.1:8080/users/@me https://unpkg.com/react@18.2.0/umd",
    "docker://alpine@sha256:4bf92f3577b34da6 oci://registry:tag@sha256:4bf92f3577b34da6",
    "postgres://user:${DB_PASSWORD}@db:5432/app redis://:***@cache:6379/0 mysql://root:xxxxx@db amqp://u:[REDACTED]@mq",
    "postgres://{user}:{password}@host postgres://$USER:$PASSWORD@host mysql://%s:%s@%s/db",
    "jdbc:sqlserver://db.internal:1433;databaseName=app;user=sa;encrypt=true",
    "mongodb://host1:27017,host2:27017/?replicaSet=rs0&appName=a@b.example",
    "abfss://container@account.dfs.core.windows.net/path wasbs://raw-data-2023@acct.blob.core.windows.net",
    "http://example.com:80/path?email=a@b.com https://example.com/?email=a@b.com http://example.com/a:b/c@d",
    "https://example.com/users/@alice http://[::1]:8080/@x http://{host}:{port}/users/@me",
    "kafka://broker1:9092,broker2:9092 user@host mailto:a@b.com https://hooks.slack.com/services/ returned 404",
    "the webhook of discord.com/api/webhooks failed; https://hook.example.com/x/y",
    "https://[REDACTED]@host/x next=https%3A%2F%2Fexample.com%2F%40alice",
]


@pytest.mark.parametrize("text", [text for line in LEFT for text in (line, *line.split(" "))])
def test_look_alikes_stay(text: str) -> None:
    """Users without a password, ports, digests, templates and paths with an "@" stay."""
    assert URL_SECRET.find(text) == []


schemes = st.sampled_from(
    ["https", "postgresql", "postgresql+psycopg", "redis", "amqps", "mongodb+srv", "ftp", "jdbc:mysql", "smtp"]
)
users = st.text("abcXYZ019._-", max_size=10)
passwords = st.text("abcXYZ019!$&()*+,;-._~@:%", min_size=1, max_size=20).filter(
    lambda text: text.strip("*.X") and text[0] != "$" and "%" not in text
)
hosts = st.sampled_from(["db", "db.example.com:5432", "10.0.0.1", "localhost:80", "[::1]:6379", "h1:1,h2:2"])


@given(schemes, users, passwords, hosts, st.sampled_from(["", "/", "/db?x=1"]), AFTER)
def test_every_password_is_found(scheme: str, user: str, password: str, host: str, path: str, after: str) -> None:
    """Whatever is in a password, it goes with its user, raw or percent-encoded."""
    for secret in {password, quote(password, safe="")}:
        text = f"see {scheme}://{user}:{secret}@{host}{path}"
        assert without(URL_SECRET, f"{text} {after}") == f"see {scheme}://#@{host}{path} {after}"


@given(
    st.lists(st.sampled_from([*"ab:/@%4{", "://", "https://", "%3A%2F%2F", "%40", "@tcp(", "hook", " "])).map("".join)
)
def test_gate_loses_nothing(text: str) -> None:
    """Where something is found, the gate is open."""
    assert is_open(URL_SECRET, text) or not URL_SECRET.find(text)


@pytest.mark.parametrize(
    "pattern",
    [
        "://",
        "://@",
        "://a",
        "://a:b",
        "://a:b/",
        "://a:b/c",
        "://a:b@",
        "://a:b/@",
        "@",
        "a@",
        ":@tcp(",
        "a:b@tcp(",
        "%3A%2F%2F",
        "%40",
        "%3A%2F%2Fa%40",
        "hook",
        "hooks.slack.com/services/aaaaaa/",
        "jdbc:oracle:a:",
        "jdbc:oracle:a:b/c@",
        "://a:" + "b" * 200,
        "x:",
        "%3A%2F%2F" + "a" * 600,
        "://" + "@" * 30 + "/",
        "://:/@a.",
        ":\\/\\/a:b",
    ],
)
def test_time_grows_with_the_text(pattern: str) -> None:
    """A hostile text takes linear time."""
    assert_linear(URL_SECRET, pattern + "@%40hook" if len(pattern) < 20 else pattern)
