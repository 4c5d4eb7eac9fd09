"""Values of telemetry that hold nothing personal: ids, times, hashes, versions, addresses of machines."""

from __future__ import annotations

import base64
import datetime as dt
import random
import string
import uuid
from collections.abc import Callable
from typing import Final

_BASE62: Final = string.digits + string.ascii_letters
_CROCKFORD: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_NANO: Final = _BASE62 + "_-"
_WORDS: Final = (
    "checkout payment order cart search index billing catalog inventory shipping session worker gateway scheduler "
    "report export import invoice profile media upload thumbnail notification webhook audit metrics ingest replica"
).split()
_HOSTS: Final = ("web", "api", "db", "cache", "worker", "edge", "ingest", "queue", "auth", "node")
_ZONES: Final = ("us-east-1", "eu-west-1", "eu-central-1", "ap-southeast-2", "us-west-2")
_METHODS: Final = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")
_STATUS: Final = (
    "200",
    "201",
    "204",
    "301",
    "302",
    "304",
    "400",
    "401",
    "403",
    "404",
    "409",
    "422",
    "429",
    "500",
    "503",
)
_AGENTS: Final = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 14_4_1) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4.1 Safari/605.1.15",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_4_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148",
    "Mozilla/5.0 (X11; Linux x86_64; rv:125.0) Gecko/20100101 Firefox/125.0",
    "curl/8.5.0",
    "python-requests/2.31.0",
    "kube-probe/1.29",
    "Go-http-client/2.0",
    "okhttp/4.12.0",
    "Prometheus/2.51.2",
    "ELB-HealthChecker/2.0",
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    "PostmanRuntime/7.37.3",
    "axios/1.6.8",
    "Mozilla/5.0 (Linux; Android 14; SM-S918B Build/UP1A.231005.007) AppleWebKit/537.36 Chrome/123.0.6312.118 Mobile",
)


def _pick(rng: random.Random, alphabet: str, count: int) -> str:
    return "".join(rng.choices(alphabet, k=count))


def _digits(rng: random.Random, count: int) -> str:
    return _pick(rng, string.digits, count)


def hexadecimal(rng: random.Random, count: int) -> str:
    """Return so many hexadecimal digits."""
    return f"{rng.getrandbits(4 * count):0{count}x}"


def _when(rng: random.Random) -> dt.datetime:
    moment = rng.randrange(1_577_836_800, 1_830_000_000)
    return dt.datetime.fromtimestamp(moment, dt.timezone.utc).replace(microsecond=rng.randrange(1_000_000))


def _time(form: str) -> Callable[[random.Random], str]:
    return lambda rng: _when(rng).strftime(form)


def _whole(low: int, high: int) -> Callable[[random.Random], str]:
    return lambda rng: str(rng.randrange(low, high))


def _hex(count: int) -> Callable[[random.Random], str]:
    return lambda rng: hexadecimal(rng, count)


def _epoch(scale: int) -> Callable[[random.Random], str]:
    return lambda rng: str(rng.randrange(1_500_000_000, 1_830_000_000) * scale + rng.randrange(scale))


def _base64(count: int) -> Callable[[random.Random], str]:
    return lambda rng: base64.b64encode(rng.randbytes(count)).decode()


def _one_of(*choices: str) -> Callable[[random.Random], str]:
    return lambda rng: rng.choice(choices)


def _uuid(version: int) -> Callable[[random.Random], str]:
    return lambda rng: str(uuid.UUID(int=rng.getrandbits(128), version=version))


def _uuid1(rng: random.Random) -> str:
    return f"{hexadecimal(rng, 8)}-{hexadecimal(rng, 4)}-11{hexadecimal(rng, 2)}-8{hexadecimal(rng, 3)}-{hexadecimal(rng, 12)}"


def _uuid7(rng: random.Random) -> str:
    at = f"{int(_epoch(1000)(rng)):012x}"
    return f"{at[:8]}-{at[8:]}-7{hexadecimal(rng, 3)}-a{hexadecimal(rng, 3)}-{hexadecimal(rng, 12)}"


def _check_digit(digits: str, weights: tuple[int, int]) -> str:
    total = sum(int(digit) * weights[at % 2] for at, digit in enumerate(digits))
    return str(-total % 10)


def _article(*prefixes: str) -> Callable[[random.Random], str]:
    """EAN-13 with its check digit: the prefix is a country's, or that of books."""

    def make(rng: random.Random) -> str:
        prefix = rng.choice(prefixes)
        digits = prefix + _digits(rng, 12 - len(prefix))
        return digits + _check_digit(digits, (1, 3))

    return make


def luhn_digit(digits: str) -> str:
    """Return the digit that makes them pass Luhn's check."""
    total = 0
    for at, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 if at % 2 else 2)
        total += value - 9 if value > 9 else value
    return str(-total % 10)


def _imei(rng: random.Random) -> str:
    digits = rng.choice(("35", "86", "01")) + _digits(rng, 12)
    return digits + luhn_digit(digits)


def _span_id_of_digits(rng: random.Random) -> str:
    """A span id that happens to have digits only and to pass Luhn's check, and begins like no card."""
    digits = rng.choice("017") + _digits(rng, 14)
    return digits + luhn_digit(digits)


def _epoch_ms_luhn(rng: random.Random) -> str:
    digits = "17" + _digits(rng, 10)
    return digits + luhn_digit(digits)


def _epoch_us_luhn(rng: random.Random) -> str:
    digits = "17" + _digits(rng, 13)
    return digits + luhn_digit(digits)


def _ksuid(rng: random.Random) -> str:
    return rng.choice("12") + _pick(rng, _BASE62, 26)


def _ipv6(rng: random.Random) -> str:
    return rng.choice(
        (
            f"2001:db8:{hexadecimal(rng, 4)}:{hexadecimal(rng, 4)}::{rng.randrange(1, 99)}",
            f"fe80::{hexadecimal(rng, 4)}:{hexadecimal(rng, 4)}:{hexadecimal(rng, 4)}:{hexadecimal(rng, 4)}",
            "::1",
            f"2a00:1450:4001:{hexadecimal(rng, 3)}::200e",
        )
    )


def _version(rng: random.Random) -> str:
    core = f"{rng.randrange(30)}.{rng.randrange(40)}.{rng.randrange(60)}"
    return core + rng.choice(("", "", "", "-rc.1", "-beta.2", "+build.4821", ".post1", "-SNAPSHOT", "-alpine3.19"))


def _host(rng: random.Random) -> str:
    name = f"{rng.choice(_HOSTS)}-{rng.randrange(1, 40):02d}"
    return name + rng.choice(
        ("", "", ".internal", f".{rng.choice(_ZONES)}.compute.internal", ".prod.svc.cluster.local")
    )


def _pod(rng: random.Random) -> str:
    consonants = "bcdfghjklmnpqrstvwxz2456789"
    return f"{rng.choice(_WORDS)}-{_pick(rng, consonants, 10)}-{_pick(rng, consonants, 5)}"


def _arn(rng: random.Random) -> str:
    zone, account = rng.choice(_ZONES), _pick(rng, "123456789", 12)
    resource = rng.choice(
        (
            f"lambda:{zone}:{account}:function:{_word(rng)}",
            f"sqs:{zone}:{account}:{_word(rng)}-queue",
            f"iam::{account}:role/{_word(rng)}-role",
            f"s3:::{_word(rng)}-bucket/{_word(rng)}.parquet",
            f"ecs:{zone}:{account}:task/prod/{hexadecimal(rng, 32)}",
            f"kms:{zone}:{account}:key/{_uuid(4)(rng)}",
        )
    )
    return f"arn:aws:{resource}"


def _word(rng: random.Random) -> str:
    return rng.choice(_WORDS)


def _java(rng: random.Random) -> str:
    last = "".join(word.title() for word in rng.sample(_WORDS, 2))
    return f"com.acme.{_word(rng)}.{last}{rng.choice(('Service', 'Controller', 'Handler', 'Repository', 'Impl'))}"


def _path(rng: random.Random) -> str:
    return rng.choice(
        (
            f"/api/v{rng.randrange(1, 4)}/{_word(rng)}s/{rng.randrange(1, 99999)}",
            f"/{_word(rng)}/{_uuid(4)(rng)}",
            f"/static/js/main.{hexadecimal(rng, 8)}.chunk.js",
            f"/{_word(rng)}?page={rng.randrange(1, 90)}&sort=-created_at",
            f"/assets/{_word(rng)}@2x.png",
            "/healthz",
            "/metrics",
            f"/v1/{_word(rng)}:batchGet",
            f"/{_word(rng)}/{_word(rng)}.html",
        )
    )


def _money(rng: random.Random) -> str:
    return rng.choice(("$", "€", "£", "")) + f"{rng.uniform(0.5, 250_000):,.2f}"


def _tracking(rng: random.Random) -> str:
    return rng.choice(
        (
            "1Z" + _pick(rng, string.digits + string.ascii_uppercase, 16),
            "94001" + _digits(rng, 17),
            "JD0" + _digits(rng, 15),
            _digits(rng, 12),
            f"RR{_digits(rng, 9)}DE",
        )
    )


def _order(rng: random.Random) -> str:
    return rng.choice(
        (
            f"{_digits(rng, 3)}-{_digits(rng, 7)}-{_digits(rng, 7)}",
            f"INV-{rng.randrange(2019, 2027)}-{_digits(rng, 6)}",
            f"PO {_digits(rng, 10)}",
            f"SO-{_digits(rng, 8)}",
            f"R{_digits(rng, 9)}",
            f"#{_digits(rng, 4)}",
            f"ORD-{_digits(rng, 4)}-{_digits(rng, 4)}-{_digits(rng, 4)}",
            _digits(rng, 10),
            f"{_digits(rng, 2)}-{_digits(rng, 5)}-{_digits(rng, 5)}",
        )
    )


def _duration(rng: random.Random) -> str:
    return rng.choice(
        (
            f"{rng.randrange(1, 9000)}ms",
            f"{rng.uniform(0, 90):.3f}s",
            f"{rng.randrange(60)}m{rng.randrange(60)}s",
            f"PT{rng.randrange(1, 60)}M{rng.randrange(60)}S",
            f"{rng.uniform(1, 999):.6f}µs",
            f"00:0{rng.randrange(9)}:{rng.randrange(10, 59)}.{rng.randrange(100, 999)}",
        )
    )


FILLERS: Final[dict[str, Callable[[random.Random], str]]] = {
    "agent": _one_of(*_AGENTS),
    "arn": _arn,
    "b64_16": _base64(16),
    "b64_20": _base64(20),
    "b64_32": _base64(32),
    "b64_48": _base64(48),
    "bytes": _whole(0, 9_000_000),
    "crlf": _one_of("\r\n"),
    "clf": _time("%d/%b/%Y:%H:%M:%S +0000"),
    "date": _time("%Y-%m-%d"),
    "digits9": _whole(100_000_000, 1_000_000_000),
    "digits10": _whole(1_000_000_000, 10_000_000_000),
    "dur": _duration,
    "ean": _article("400", "401", "50", "30", "80", "590", "76", "690", "49", "00"),
    "epoch": _epoch(1),
    "epoch_luhn": _epoch_ms_luhn,
    "epochms": _epoch(1_000),
    "epochns": _epoch(1_000_000_000),
    "epochus": _epoch(1_000_000),
    "epochus_luhn": _epoch_us_luhn,
    "float": lambda rng: f"{rng.uniform(0, 1):.{rng.randrange(3, 17)}f}",
    "git7": _hex(7),
    "hex8": _hex(8),
    "hex12": _hex(12),
    "hex16": _hex(16),
    "hex24": _hex(24),
    "hex32": _hex(32),
    "hex40": _hex(40),
    "hex64": _hex(64),
    "host": _host,
    "imei": _imei,
    "int": _whole(0, 100_000),
    "int2": _whole(10, 100),
    "int3": _whole(100, 1_000),
    "int4": _whole(1_000, 10_000),
    "int6": _whole(100_000, 1_000_000),
    "int7": _whole(1_000_000, 10_000_000),
    "int8": _whole(10_000_000, 100_000_000),
    "int12": _whole(10**11, 10**12),
    "ip": lambda rng: (
        f"{rng.choice((10, 172, 192, 203, 54))}.{rng.randrange(256)}.{rng.randrange(256)}.{rng.randrange(1, 255)}"
    ),
    "ip6": _ipv6,
    "isbn": _article("978", "979"),
    "iso": lambda rng: _when(rng).isoformat(timespec="milliseconds"),
    "isoz": _time("%Y-%m-%dT%H:%M:%S.%fZ"),
    "java": _java,
    "ksuid": _ksuid,
    "lat": lambda rng: f"{rng.uniform(-90, 90):.{rng.randrange(4, 8)}f}",
    "lon": lambda rng: f"{rng.uniform(-180, 180):.{rng.randrange(4, 8)}f}",
    "mac": lambda rng: ":".join(hexadecimal(rng, 2) for _ in range(6)),
    "method": _one_of(*_METHODS),
    "money": _money,
    "ms": _whole(0, 30_000),
    "nano": lambda rng: _pick(rng, _NANO, 21),
    "nl": _one_of("\n"),
    "order": _order,
    "path": _path,
    "pid": _whole(2, 65_536),
    "pod": _pod,
    "port": _whole(1_024, 65_536),
    "slash_ts": _time("%Y/%m/%d %H:%M:%S"),
    "small": _whole(0, 60),
    "snowflake": lambda rng: str(rng.randrange(1_000_000_000_000_000_000, 1_990_000_000_000_000_000)),
    "snowflake18": lambda rng: str(rng.randrange(700_000_000_000_000_000, 999_999_999_999_999_999)),
    "span_digits": _span_id_of_digits,
    "status": _one_of(*_STATUS),
    "syslog": _time("%b %d %H:%M:%S"),
    "time": _time("%H:%M:%S"),
    "track": _tracking,
    "ts": _time("%Y-%m-%d %H:%M:%S"),
    "ts_comma": lambda rng: _time("%Y-%m-%d %H:%M:%S")(rng) + f",{rng.randrange(1000):03d}",
    "ulid": lambda rng: "01" + rng.choice("EFGHJK") + _pick(rng, _CROCKFORD, 23),
    "upc": _article("00", "01", "03", "07"),
    "uuid": _uuid(4),
    "uuid1": _uuid1,
    "uuid3": _uuid(3),
    "uuid5": _uuid(5),
    "uuid7": _uuid7,
    "ver": _version,
    "vin": lambda rng: (
        rng.choice(("WVWZZZ1JZ", "1HGCM8263", "WBA3A5C5X", "JTDKN3DU5"))
        + _pick(rng, "0123456789ABCDEFGH", 2)
        + _digits(rng, 6)
    ),
    "word": _word,
    "zone": _one_of(*_ZONES),
}
"""What fills a slot that holds nothing personal, by the slot's name."""
