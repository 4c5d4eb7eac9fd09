"""API keys and tokens by their form: every documented one, in any surroundings; and names that begin like one."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clippy_otel.privacy.recognisers.token_formats import DOTTED, STARTS, SUFFIXED
from clippy_otel.privacy.recognisers.tokens import MIN_CHARS, TOKEN
from tests.privacy._finding import AFTER, BEFORE, assert_linear, is_open, without

DIGITS = "0123456789"
HEX = "0123456789abcdef"
UPPER = "ABCDEFGHIJKLMNOPQRSTUVWXYZ" + DIGITS
ALNUM = UPPER + "abcdefghijklmnopqrstuvwxyz"
WORD = ALNUM + "_-"
UUID = "[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}"

# Forms as the providers document them.
FORMS = [
    *("gh[pousr]_[0-9A-Za-z]{36}", "github_pat_[0-9A-Za-z]{22}_[0-9A-Za-z]{59}", "glpat-[0-9A-Za-z_-]{19}[0-9]"),
    *("glpat-[0-9A-Za-z_-]{26}[0-9]\\.01\\.[0-9a-z]{9}", "gl(?:dt|rt)-[0-9]{2}[0-9A-Za-z_-]{18}", "glptt-[0-9a-f]{40}"),
    *("xoxb-[0-9]{12}-[0-9]{13}-[0-9A-Za-z]{24}", "xoxp(?:-[0-9]{12}){3}-[0-9a-f]{32}", "xoxe\\.xoxp-1-[0-9A-Z]{166}"),
    *(
        "xapp-1-A[0-9A-Z]{10}-[0-9]{13}-[0-9a-f]{64}",
        "[sr]k_(?:live|test)_51[0-9A-Za-z]{22,97}",
        "whsec_[0-9A-Za-z]{32}",
    ),
    *("(?:AKIA|ASIA)[A-Z2-7]{16}", "AIza[0-9A-Za-z_-]{35}", "ya29\\.[0-9A-Za-z_-]{120}", "GOCSPX-[0-9A-Za-z_-]{28}"),
    *(
        "1//0[0-9A-Za-z_-]{60}",
        "sk-[0-9A-Za-z]{19}[0-9]T3BlbkFJ[0-9A-Za-z]{20}",
        "sk-[0-9a-f]{32}",
        "sk-or-v1-[0-9a-f]{64}",
    ),
    *("sk-proj-[0-9A-Za-z_-]{73}[0-9]T3BlbkFJ[0-9A-Za-z_-]{74}", "sk-ant-api03-[0-9A-Za-z_-]{93}AA", f"sk-lf-{UUID}"),
    *("hf_[A-Za-z]{34}", "npm_[0-9A-Za-z]{36}", "pypi-AgEIcHlwaS5vcmc[0-9A-Za-z_-]{150}", "dckr_pat_[0-9A-Za-z_-]{27}"),
    *(
        "do[opr]_v1_[0-9a-f]{64}",
        "HRKU-AA[0-9A-Za-z_-]{58}",
        "shp(?:at|ss|ca|pa)_[0-9a-f]{32}",
        "sq0(?:atp|csp)-[0-9A-Za-z_-]{22}",
    ),
    *("EAAA[0-9A-Za-z_-]{60}", "EAAC[0-9A-Za-z]{150}", "SK[0-9a-f]{32}", "SG\\.[0-9A-Za-z_-]{22}\\.[0-9A-Za-z_-]{43}"),
    *("key-[0-9a-f]{32}", "[0-9a-f]{32}-us(?:[1-9]|1[0-9]|2[01])", "[1-9][0-9]{8,9}:AA[0-9A-Za-z_-]{33}"),
    *(
        "MT[AEIMQUYcgk][w-z0-5][0-9A-Za-z]{20}\\.[0-9A-Za-z_-]{6}\\.[0-9A-Za-z_-]{38}",
        "[1-9][0-9]{15}\\|[0-9A-Za-z_-]{27}",
    ),
    *("dapi[0-9a-f]{32}", "glsa_[0-9A-Za-z]{32}_[0-9a-f]{8}", "glc_eyJ[0-9A-Za-z]{90}=", "eyJrIjoi[0-9A-Za-z]{80}=="),
    *(
        "NRAK-[0-9A-Z]{27}",
        "NRJS-[0-9a-f]{19}",
        "[0-9a-f]{32}FFFFNRAL",
        "sntryu_[0-9a-f]{64}",
        "lin_api_[0-9A-Za-z]{40}",
    ),
    *("sntrys_eyJ[0-9A-Za-z]{120}_[0-9A-Za-z]{43}", "ntn_[0-9]{11}[0-9A-Za-z]{35}", "secret_[0-9A-Za-z]{43}"),
    *(
        "PMAK-[0-9a-f]{24}-[0-9a-f]{34}",
        "hvs\\.[0-9A-Za-z_-]{95}",
        "s\\.[0-9][A-Z][a-z][0-9A-Za-z]{21}",
        "figd_[0-9][0-9A-Za-z_-]{39}",
    ),
    *("[0-9A-Za-z]{14}\\.atlasv1\\.[0-9A-Za-z]{67}", "dp\\.pt\\.[0-9A-Za-z]{43}", "dp\\.st\\.dev\\.[0-9A-Za-z]{43}"),
    *(
        "ATATT3xFfGF0[0-9A-Za-z_-]{170}=[0-9A-F]{8}",
        "sl\\.(?:u\\.)?[0-9A-Za-z_-]{135}",
        "fo1_[0-9A-Za-z_-]{43}",
        "sbp_[0-9a-f]{40}",
    ),
    *(
        "fm2_lJPE[0-9A-Za-z]{9}[0-9A-Za-z+/]{120}==",
        "nfp_[0-9][0-9A-Za-z]{35}",
        "pscale_(?:tkn|pw)_[0-9][0-9A-Za-z_]{41}[0-9a-z]",
    ),
    *("r8_[0-9A-Za-z]{37}", "gsk_[0-9A-Za-z]{52}", "xai-[0-9A-Za-z]{80}", "pplx-[0-9A-Za-z]{48}", "pul-[0-9a-f]{40}"),
    *("lsv2_(?:pt|sk)_[0-9a-f]{32}_[0-9a-f]{10}", "rubygems_[0-9a-f]{48}", "v1\\.0-[0-9a-f]{24}-[0-9a-f]{146}"),
    *(
        "AGE-SECRET-KEY-1[02-9AC-HJ-NP-Z]{58}",
        "AKCp[0-9A-Za-z]{69}",
        "v2\\.local\\.[0-9A-Za-z_-]{90}",
        f"pat-na1-{UUID}",
    ),
    *(
        "v4\\.public\\.[0-9A-Za-z_-]{120}\\.[0-9A-Za-z_-]{20}",
        "pat[0-9A-Za-z]{14}\\.[0-9a-f]{64}",
        "sha256~[0-9A-Za-z_-]{43}",
    ),
    *(
        "[0-9A-Za-z]{3}8Q~[0-9A-Za-z_~.-]{34}",
        "00D[0-9A-Za-z]{12}![0-9A-Za-z_.]{96}",
        "tskey-auth-[0-9A-Za-z]{17}-[0-9A-Za-z]{32}",
    ),
    *("LTAI[0-9][0-9A-Za-z]{19}", "SCW[0-9][0-9A-Z]{16}", "dt0c01\\.[0-9A-Z]{24}\\.[0-9A-Z]{64}", f"sdk-{UUID}"),
]


@st.composite
def tokens(draw: st.DrawFn) -> str:
    """Make a token of any documented form."""
    return draw(st.from_regex(draw(st.sampled_from(FORMS)), fullmatch=True))


@given(BEFORE, tokens(), AFTER)
def test_every_token_is_found(before: str, token: str, after: str) -> None:
    """A token goes whole, whatever stands around it."""
    assert without(TOKEN, before + token + after) == f"{before}#{after}"


@pytest.mark.parametrize("form", FORMS)
def test_each_form_is_found(form: str) -> None:
    """None of the documented forms is left out."""

    @settings(max_examples=8)
    @given(st.from_regex(form, fullmatch=True))
    def found(token: str) -> None:
        assert without(TOKEN, f"use {token} here") == "use # here"

    found()


FOUND = [
    (
        "https://api.telegram.org/bot123456789:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw1/getMe",
        "https://api.telegram.org/bot#/getMe",
    ),
    ("AKIAIOSFODNN7EXAMPLE/20240101/us-east-1", "#/20240101/us-east-1"),
    ("Token 9944b09199c62bcf9418ad846dd0e4bbdfc6ee4b", "Token #"),
    ("map[Authorization:[token 9944b09199c62bcf9418ad846dd0e4bbdfc6ee4b]]", "map[Authorization:[token #]]"),
    ("ApiKey VnVhQ2ZHY0JDZGJrUW0tZTVhT3g6dWkybHAyYXhUTm1zeWFrdzl0dk5udw==", "ApiKey #"),
    ("SSWS 00QCjAl4MlV-WPXM_ABCDEFGhijklmnop-0vFw01", "SSWS #"),
    ("NTLM TlRMTVNTUAABAAAAB4IIogAAAAAAAAAAAAAAAAAAAAAFASgKAAAADw==", "NTLM #"),
    ("ghp_0123456789abcdefghijABCDEFGHIJ012345 ghp_0123456789abcdefghijABCDEFGHIJ012345", "# #"),
    ("dp.pt.0123456789abcdefghijABCDEFGHIJ0123456789abc\tnpm_0123456789abcdefghijABCDEFGHIJ012345", "#\t#"),
    ("LS0tLS1CRUdJTiBSU0EgUFJJVkFURSBLRVktLS0tLQpNSUlFcEFJQkFBS0NBUUVB", "#"),
    (
        "AAAAAAAAAAAAAAAAAAAAAMLheAAAAAAA0%2BuSeid%2BULvsea4JtiGRiSDSJSI%3DEUifiRBkKG5E2XzMDjRfl76ZC9Ub0wnz4XsNiRVBChTYbJcE3F",
        "#",
    ),
]


@pytest.mark.parametrize("text,expected", FOUND)
def test_token_is_found_where_it_stands(text: str, expected: str) -> None:
    """What stands around a token stays."""
    assert without(TOKEN, text) == expected


LEFT = [
    "sk-learn-pipeline-step-2024-v1 sk-learn-0123456789 sk_test_suite_runner_configuration",
    "hf_transfer_enabled_by_default npm_config_registry npm_config_user_agent npm_lifecycle_script",
    "key-value-store-with-long-name key-value-database-connection-pool pypi-attestations-0.0.12",
    "secret_rotation_interval_seconds_total secret_manager_version_access_count dapi_request_duration_seconds_bucket",
    "4bf92f3577b34da6a3ce929d0e0e4736 00f067aa0ba902b7 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
    "sha256:4bf92f3577b34da6a3ce929d0e0e47364bf92f3577b34da6a3ce929d0e0e4736 web@sha256:4bf92f3577b34da6a3ce929d0e0e",
    "550e8400-e29b-41d4-a716-446655440000 01ARZ3NDEKTSV4RRFFQ69G5FAV 507f1f77bcf86cd799439011",
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAUAAAAFCAYAAACNbyblAAAAHElEQVQI12P4//8/w38GIAXDIBKE0DHxgljNBAAO9TXL0Y",
    "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7",
    "web-7d4b9c6f5-abcde gke-prod-default-pool-1a2b3c4d-x9z1 main.8f3b2c1d9e0a7b6c5d4e.chunk.js",
    'W/"0815-d41d8cd98f00b204e9800998ecf8427e" nonce-2726c7f26c4b4c6e8f9a0b1c2d3e4f5a',
    "sha384-oqVuAfXRKap7fdgcCY5uykM6+R9GqQ8K/uxy9rx7HNQlGYl1kPzQho1wx4JwY8wC",
    "com.example.payments.PaymentAuthorizationServiceImpl$$EnhancerBySpringCGLIB$$abc123",
    "arn:aws:iam::123456789012:role/service-role/MyLambdaExecutionRole-1A2B3C4D5E6F AIDAIOSFODNN7EXAMPLE",
    "projects/my-project-123/locations/us-central1/clusters/prod-cluster/nodePools/default-pool",
    "ACdeadbeefdeadbeefdeadbeefdeadbeef pi_3MtwBwLkdIwHu7ix28a3tqPa ch_3MmlLrLkdIwHu7ix0snN0B15 i-0abcd1234efgh5678",
    "token 550e8400-e29b-41d4-a716-446655440000 expired; Token SimpleNamespaceIdentifierParser; sess-4bf92f3577b34da6",
    "s.ReadASN1ObjectIdentifier(&oid) s.sendV2SamplesWithBackoff",
    "s.addEventListenerForEvents SG.UniversalDeclarationOfHumanRights.Else user-agent-reduction-origin-trial",
    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
    "id:4bf92f3577b34da6 a|4bf92f3577b34da6a3ce929d0e0e4736|b ~/4bf92f3577b34da6 x!4bf92f3577b34da6",
    "-----BEGIN CERTIFICATE----- glib-compile-resources-tool ===============================",
]


@pytest.mark.parametrize("text", [text for line in LEFT for text in (line, *line.split(" "))])
def test_look_alikes_stay(text: str) -> None:
    """Identifiers, digests, names and paths are no tokens."""
    assert TOKEN.find(text) == []


@given(
    st.lists(st.sampled_from([*"ae0F-_.:/%!|~ \\n=", "sk-", "ghp_", "A" * 16, "0" * 32, "SG.", "-us1", "は"])).map(
        "".join
    )
)
def test_gate_loses_nothing(text: str) -> None:
    """Where something is found, the gate is open."""
    assert is_open(TOKEN, text) or not TOKEN.find(text)


@given(BEFORE, tokens(), AFTER)
def test_gate_is_open_for_tokens(before: str, token: str, after: str) -> None:
    """No form of a token is too short for the gate."""
    assert is_open(TOKEN, before + token + after)


def test_table_is_well_formed() -> None:
    """All patterns compile, and need as many characters in a row as are looked for."""
    for patterns in STARTS.values():
        for pattern in patterns:
            assert re.compile(pattern).groups == 0
    for rows in DOTTED.values():
        for prefix, rest in rows:
            assert prefix.endswith(".")
            assert re.compile(rest).groups == 0
    assert re.compile(SUFFIXED).groups == 0
    assert MIN_CHARS == 16


HOSTILE = [
    *(
        "a" * 17 + " ",
        "ghp_",
        "ghp_aaaaaaaaaaaaaaaa ",
        "sk-aaaaaaaaaaaaaaaa-",
        "sk-a-a-a-aaaaaaaaaaaa.",
        "xoxb-aaaaaaaaaaaa%3D",
    ),
    *(
        "AAAAAAAAAAAAAAAAAAAAA%",
        "A" * 17 + "%2B",
        ".aaaaaaaaaaaaaaaa",
        "s.aaaaaaaaaaaaaaaa",
        "1:AAAAAAAAAAAAAAAA",
        "9:A" + "a" * 34,
    ),
    *(
        "MTIaaaaaaaaaaaaaaaaaaaaa.aaaaaa.",
        "pscale_tkn_--------- ",
        "tfp_--------------- ",
        "pscale_tkn_-.=",
        "token 0aaaaaaaaaaaaaaaa ",
    ),
    *(
        "\\naaaaaaaaaaaaaaaa",
        "%3Daaaaaaaaaaaaaaaa",
        "00Daaaaaaaaaaaa!a",
        "!",
        "~",
        "aaa0Q~",
        "sha256~a",
        "1//0aaaaaaaaaaaaaaaa",
        "aaaaaaaaaaaaa-us1 ",
    ),
    *(
        "fm2_aaaaaaaaaaaaaa,",
        "glc_aaaaaaaaaaaaaaa/",
        "sntrys_aaaaaaaaaaaaaaaaaaaa/",
        "a.atlasv1.aaaaaaaaaaaaaaaa",
        "dp.st.dev.aaaaaaaaaaaaaaaa",
    ),
    *(
        "glpat-aaaaaaaaaaaaaaaaaaaaa.01.",
        "_" * 16 + "=",
        "-" * 17 + " ",
        "oy2aaaaaaaaaaaaa ",
        "BBDC-aaaaaaaaaaaaaaaaaaa@",
        "ya29.aaaaaaaaaaaaaaaa.",
    ),
]


@pytest.mark.parametrize("pattern", HOSTILE)
def test_time_grows_with_the_text(pattern: str) -> None:
    """A hostile text takes linear time."""
    assert_linear(TOKEN, pattern)
