"""The documented forms of API keys and tokens: what they begin with, and what follows.

Facts from the providers' own pages and from public lists of secret scanners. A form is strict where other names begin
like it (`npm_config_registry`, `sk-learn-pipeline`, `key-value-store`), and open at its end elsewhere: providers make
their tokens longer from time to time. Publishable keys (Stripe's `pk_live_`) go too, which harms nobody.

All patterns are tried at one place of a text. Each fails within a bounded number of characters, or takes all that it
looked at, so that no text is looked at twice.
"""

from __future__ import annotations

from typing import Final

from clippy_otel.privacy.search import NAME

_A: Final = "[0-9A-Za-z]"
_W: Final = "[0-9A-Za-z_-]"
_H: Final = "[0-9A-Fa-f]"
_B: Final = "[0-9A-Za-z+/]"
_U: Final = "[0-9A-Z]"
_END: Final = f"(?!{_W})"
_UUID: Final = f"{_H}{{8}}-(?:{_H}{{4}}-){{3}}{_H}{{12}}"
_DIGIT: Final = "(?=[A-Za-z_-]{0,64}[0-9])"
_NO_NAME: Final = "(?![a-z]+(?:[_-]+[a-z]+)*[0-9]{0,4}(?![0-9A-Za-z_-]))"  # no words, as in `npm_config_registry`
_MIXED: Final = "(?=[A-Za-z]{0,64}[0-9])(?=[0-9a-z]{0,64}[A-Z])(?=[0-9A-Z]{0,64}[a-z])"
_JSON: Final = f"eyJ{_W}{{12,}}"

KEY_CHARS: Final = 3  # of a token's beginning, by which its form is looked up

# What a token begins with, several separated by a space, and a pattern of what follows. An item in the prefixes may
# hold one class of characters, "[...]".
_PREFIXED: Final = (
    # Code and packages
    ("gh[pousr]_", rf"[0-9A-Za-z_]{{30,}}(?:\.{_W}{{16,}}){{0,2}}"),
    ("github_pat_", "[0-9A-Za-z_]{22,}"),
    (
        "glpat- gldt- glrt- glrtr- glft- glimt- glagent- gloas- glptt- glsoat- glffct- glcbt- glwt-",
        rf"{_NO_NAME}{_W}{{20,}}(?:\.{_A}{{2}}\.{_A}{{7,}}|\.{_A}{{9,}})?",
    ),
    ("GR1348941", f"{_W}{{20,}}"),
    ("npm_", f"{_A}{{36,}}"),
    ("pypi-AgE", f"{_W}{{50,}}"),
    ("rubygems_", f"{_H}{{48,}}"),
    ("CLOJARS_", f"{_A}{{60,}}"),
    ("oy2", f"[0-9a-z]{{43}}{_END}"),
    ("cio", f"{_MIXED}{_A}{{32}}{_END}"),
    ("dckr_pat_ dckr_oat_", f"{_W}{{20,}}"),
    ("AKCp cmVmd", f"{_A}{{59,}}"),
    ("ATATT3 ATCTT3 ATSTT3", "[0-9A-Za-z+/_=-]{40,}"),
    ("ATBB", f"{_W}{{20,}}{_END}"),
    ("ATTA", f"{_H}{{60,}}{_A}{{0,16}}"),
    ("BBDC- BBFF-", f"{_NO_NAME}[0-9A-Za-z+/@_-]{{28,}}"),
    ("CCIPAT_ CCIPRJ_", f"{_W}{{40,}}"),
    ("bkua_", f"{_H}{{40,}}"),
    ("sq[upa]_", f"{_H}{{40,}}"),
    ("sgp_", f"(?:(?:local|{_H}{{16}})_)?{_H}{{40,}}"),
    ("pul-", f"{_H}{{40,}}"),
    ("lin_api_ lin_oauth_", f"{_A}{{32,}}"),
    ("ntn_ secret_", f"{_A}{{43,}}{_END}"),
    ("PMAK-", f"{_H}{{24}}-{_H}{{34,}}"),
    ("figd_ figp_ figo_ figu_", f"{_NO_NAME}{_W}{{36,}}"),
    ("rdme_", f"{_A}{{60,}}"),
    ("pnu_ pnb_", f"{_A}{{30,}}"),
    ("CFPAT-", f"{_W}{{40,}}"),
    ("ico-", f"{_NO_NAME}{_A}{{32}}{_END}"),
    ("API-", f"{_DIGIT}{_U}{{26,}}{_END}"),
    ("slk_", f"{_H}{{60,}}"),
    ("dnkey-", f"{_W}{{60,}}"),
    ("tfp_", f"{_NO_NAME}[0-9A-Za-z_.-]{{39,}}{_A}"),
    # Clouds and hosts
    ("AKIA ASIA ABIA ACCA", f"{_U}{{16}}{_END}"),
    ("A3T", f"{_U}{{17}}{_END}"),
    ("ABSK", f"{_B}{{100,}}={{0,2}}"),
    ("bedrock-api-key-", f"{_B}{{28,}}={{0,2}}"),
    ("AIza", f"{_W}{{33,}}"),
    ("GOCSPX-", f"{_W}{{20,}}"),
    ("APA91b", f"{_W}{{120,}}"),
    ("LTAI", f"{_NO_NAME}{_A}{{12,26}}{_END}"),
    ("AKID AKLT", f"{_MIXED}{_A}{{13,60}}={{0,2}}{_END}"),
    ("SCW", f"{_DIGIT}{_U}{{17}}{_END}"),
    ("AQVN", f"{_W}{{35,}}"),
    ("YC", f"{_MIXED}{_W}{{38}}{_END}"),
    ("y0_", f"{_W}{{50,}}"),
    ("do[opr]_v1_", f"{_H}{{60,}}"),
    ("HRKU-", f"{_NO_NAME}{_W}{{36,}}"),
    ("fo1_", f"{_W}{{40,}}"),
    ("fm1_ fm1a_ fm1r_ fm2_", f"{_B}{{60,}}={{0,3}}(?:,fm2_{_B}{{60,}}={{0,3}})*"),
    ("nfp_ nfc_ nfo_ nfb_ nfu_", f"{_NO_NAME}{_A}{{36,}}"),
    ("sbp_", f"(?:v0_)?{_H}{{40,}}"),
    ("sb_secret_", f"{_W}{{22,}}"),
    ("pscale_tkn_ pscale_pw_ pscale_oauth_ pscale_otkn_", f"{_NO_NAME}[0-9A-Za-z_=.-]{{30,}}{_A}"),
    ("rnd_", f"{_NO_NAME}{_A}{{28,}}{_END}"),
    ("vcp_ vci_ vca_ vcr_ vck_", f"{_NO_NAME}{_A}{{24,}}"),
    ("vercel_blob_rw_", f"{_W}{{30,}}"),
    ("cfut_ cfat_ cfk_", f"{_A}{{40,}}"),
    ("tskey-", f"[a-z]{{2,16}}-{_A}{{8,}}-{_A}{{16,}}"),
    ("akab-", f"{_A}{{16}}-{_A}{{16}}"),
    ("dapi", f"{_H}{{32,}}(?:-[0-9]{{1,2}})?{_END}"),
    ("4b1d", f"{_MIXED}{_A}{{38}}{_END}"),
    ("NRAK-", f"{_A}{{27,}}"),
    ("NRII- NRIQ- NRRA- NRAA-", f"{_NO_NAME}{_W}{{24,}}"),
    ("NRJS- NRBR-", f"{_H}{{19,}}"),
    ("glsa_", f"{_A}{{32}}_{_H}{{8}}"),
    ("glc_", f"{_B}{{32,}}={{0,3}}"),
    ("eyJrIjoi", f"{_B}{{40,}}={{0,3}}"),
    ("dd[pw]_", f"{_A}{{30,}}"),
    ("sntrys_", f"{_B}{{40,}}={{0,2}}(?:_{_B}{{20,}})?={{0,2}}"),
    ("sntryu_ sntrya_ sntryi_", f"{_H}{{60,}}"),
    ("rootly_", f"{_H}{{60,}}"),
    ("ops_eyJ", f"{_B}{{60,}}={{0,3}}"),
    ("A3-", f"{_U}{{6}}-(?:{_U}{{11}}|{_U}{{6}}-{_U}{{5}})(?:-{_U}{{5}}){{3}}"),
    ("AGE-SECRET-KEY-1 age-secret-key-1", f"{_A}{{40,}}"),
    ("sdk-", f"{_UUID}{_END}"),
    # Messages
    ("xox[abcdeoprs]-", f"{_DIGIT}(?:{_W}|%[0-9A-F]{{2}}|[+/]){{10,}}"),
    ("xapp- xwfp-", f"[0-9]-{_W}{{16,}}"),
    ("key-", f"{_H}{{32}}{_END}"),
    ("SK", f"{_H}{{32}}{_END}"),
    ("xkeysib- xsmtpsib-", f"{_H}{{64}}-{_A}{{16,}}"),
    ("EAACEdEose0cBA", f"{_A}{{10,}}"),
    ("EAA", f"(?<![+/]EAA)(?:A{_W}{{56,}}|[A-Z]{_A}{{60,}})"),
    ("IGQV IGAA", f"{_W}{{80,}}"),
    ("fio-u-", f"{_W}{{60,}}"),
    ("syt_", f"{_A}{{1,64}}_{_A}{{20}}_{_A}{{6}}"),
    # Payments and shops
    ("[srp]k_live_ [srp]k_test_ [srp]k_prod_", f"{_NO_NAME}{_W}{{10,}}"),
    ("whsec_", "[0-9A-Za-z+/]{20,}={0,2}"),
    ("pi_ seti_ src_ cs_", f"{_A}{{14,60}}_secret_{_A}{{20,}}"),
    ("sk_", f"{_H}{{48}}{_END}"),
    ("pk_", f"(?:[0-9]{{4,12}}_{_U}{{32}}|{_H}{{34}}){_END}"),
    ("rzp_live_ rzp_test_", f"{_A}{{14}}{_END}"),
    ("shpat_ shpss_ shpca_ shppa_ shpua_ shptka_", f"{_H}{{32,}}"),
    ("sq0atp- sq0csp- sq0idp- sq0atb-", f"{_W}{{22,}}"),
    ("sandbox-sq0", f"[a-z]{{3}}-{_W}{{22,}}"),
    ("access-sandbox- access-development- access-production-", f"{_UUID}"),
    ("shippo_live_ shippo_test_", f"{_H}{{40,}}"),
    ("duffel_live_ duffel_test_", f"{_W}{{40,}}"),
    ("FLWSECK_TEST- FLWSECK-", f"{_A}{{12,}}(?:-X)?"),
    ("EZAK EZTK", f"{_A}{{54,}}"),
    ("live_ test_", f"{_H}{{35}}{_END}"),
    ("APP_USR- TEST-", f"[0-9]{{10,20}}-[0-9]{{6}}-{_H}{{32}}-[0-9]{{4,12}}"),
    ("ramp_sec_", f"{_A}{{40,}}"),
    ("cal_live_ cal_test_", f"{_H}{{32,}}"),
    # Models
    ("sk-ant-", f"{_NO_NAME}{_W}{{24,}}"),
    ("sk-proj- sk-svcacct- sk-service- sk-admin- sk-None-", f"{_NO_NAME}{_W}{{20,}}"),
    ("sk-or-", f"(?:v1-)?{_H}{{40,}}"),
    ("[sp]k-lf-", f"{_UUID}"),
    ("sess-", f"{_MIXED}{_A}{{40,}}{_END}"),
    ("sk- csk-", f"(?:{_A}{{1,24}}[_-]){{0,4}}(?=[A-Za-z]{{0,64}}[0-9]){_A}{{20,}}{_W}*"),
    ("hf_ api_org_", f"{_A}{{30,}}"),
    ("gsk_", f"{_A}{{40,}}"),
    ("xai-", "[0-9A-Za-z_]{40,}"),
    ("pplx-", f"{_A}{{32,}}"),
    ("r8_", f"{_W}{{37,}}"),
    ("nvapi-", f"{_W}{{40,}}"),
    ("lsv2_", f"[a-z]{{2}}_{_H}{{32}}_{_H}{{10}}"),
    ("ls__", f"{_H}{{32}}"),
    ("pcsk_", f"{_A}{{4,8}}_{_A}{{40,}}"),
    ("tvly-", f"(?:dev-|prod-)?{_NO_NAME}{_A}{{20,}}"),
    ("jina_", f"{_A}{{40,}}"),
    ("e2b_", f"{_H}{{40,}}"),
    ("fc-", f"{_H}{{32}}{_END}"),
    ("fw_", f"{_NO_NAME}{_A}{{20,}}{_END}"),
    ("apify_api_", f"{_A}{{30,}}"),
    ("bb_live_ bb_test_", f"{_NO_NAME}{_W}{{16,}}"),
    ("phx_ phc_", f"{_A}{{36,}}"),
    ("aio_", f"{_NO_NAME}{_A}{{28}}{_END}"),
    # Airtable, HubSpot
    ("pat", rf"(?:{_A}{{14}}\.{_H}{{64}}|-(?:eu|na|ap)[0-9]-{_UUID})"),
    # Wallets and messages that are keys themselves
    ("xprv yprv zprv tprv", f"{_A}{{100,}}{_END}"),
    ("nsec1", f"[0-9a-z]{{58}}{_END}"),
    # Others' tokens once more in base64, as in Kubernetes secrets: a JWT, a private key in PEM
    ("ZXlKaGJHY2lP ZXlKMGVYQWlP ZXlKcmFXUWlP", f"{_B}{{40,}}={{0,2}}"),
    (
        "LS0tLS1CRUdJTi",
        f"(?:BQUklW|BSU0EgUFJJV|BFQyBQUklW|BPUEVOU1NI|BFTkNSWVBU|BEU0EgUFJJV|BQR1AgUFJJV){_B}{{16,}}={{0,2}}",
    ),
    # The application-only bearer of X; a picture in base64 can hold as many A, but not behind what begins a word
    ("AAAAAAAAAAAAAAAAAAAA", "(?<![+/]A{20})A{0,2}(?!A)(?:[0-9A-Za-z]|%[0-9A-Fa-f]{2}){60,}"),
)

# The beginnings of a Discord bot's token: its id, all digits, in base64.
_DISCORD_STARTS: Final = [first + second + third for first in "MNO" for second in "DTjz" for third in "AEIMQUYcgk"]
_DISCORD: Final = rf"{_A}{{22,28}}\.{_W}{{5,7}}\.{_W}{{27,40}}{_END}"

# What stands before the point before a long word: the pattern begins with it.
_DOTTED: Final = (
    ("SG.", rf"{_W}{{16,32}}\.{_W}{{32,}}"),
    ("ya29.", rf"{_W}{{16,}}(?:\.{_W}+)*"),
    ("AQ.", f"Ab{_W}{{30,}}"),
    ("hvs. hvb. hvr.", f"{_W}{{20,}}"),
    ("s.", f"(?!{NAME}{_END}){_MIXED}{_A}{{24}}{_END}"),
    ("dp.pt. dp.ct. dp.sa. dp.said. dp.st. dp.scim. dp.audit.", f"{_A}{{40,}}"),
    (
        "dp.st.dev. dp.st.stg. dp.st.prd. dp.st.prod. dp.st.ci. dp.st.test. dp.st.staging. dp.st.production.",
        f"{_A}{{40,}}",
    ),
    ("sl. sl.u. sl.B.", f"{_W}{{60,}}"),
    ("dt0c01. dt0s01. dt0s02. dt0s06. dt0s08. dt0s16.", rf"{_A}{{24}}\.{_A}{{64}}"),
    ("v1.", f"0-{_H}{{24}}-{_H}{{100,}}"),
    (
        "v1.local. v2.local. v3.local. v4.local. v1.public. v2.public. v3.public. v4.public.",
        rf"{_W}{{40,}}(?:\.{_W}+)?",
    ),
    ("1000.", rf"{_H}{{32}}\.{_H}{{32}}"),
    ("pat. sat.", rf"{_W}{{22}}\.{_A}{{24}}\.{_A}{{20}}"),
    ("VF. VF.DM. VF.WS.", rf"{_H}{{24}}\.{_A}{{16}}"),
    ("t1.", rf"{_W}{{16,}}={{0,2}}\.{_W}{{80,}}={{0,2}}"),
    ("vk1.a.", f"{_W}{{40,}}"),
    ("sk. pk. tk.", rf"{_JSON}\.{_W}{{20,}}"),
    ("0. 1.", rf"A{_W}{{40,}}(?:\.{_W}+)*"),
    ("xoxe.", f"xox[bp]-{_W}{{20,}}"),
)


def _expanded(prefix: str) -> list[str]:
    """Return the prefixes that one with a class of characters stands for."""
    before, opened, rest = prefix.partition("[")
    if not opened:
        return [prefix]
    characters, _, after = rest.partition("]")
    return [before + character + after for character in characters]


def _by_start() -> dict[str, tuple[str, ...]]:
    """Return the patterns of whole tokens by their first characters."""
    starts: dict[str, tuple[str, ...]] = dict.fromkeys(_DISCORD_STARTS, (_DISCORD,))
    for prefixes, rest in _PREFIXED:
        for prefix in (whole for item in prefixes.split() for whole in _expanded(item)):
            for key in _keys(prefix):
                starts[key] = (*starts.get(key, ()), prefix + rest)
    return starts


def _keys(prefix: str) -> list[str]:
    """Return the first characters of what begins with a prefix: all there can be where it is shorter itself."""
    if len(prefix) >= KEY_CHARS:
        return [prefix[:KEY_CHARS]]
    return [prefix + character for character in "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_-"]


def _by_last_character() -> dict[str, tuple[tuple[str, str], ...]]:
    """Return prefixes that end with a point, with the patterns of what follows, by the character before the point."""
    ends: dict[str, tuple[tuple[str, str], ...]] = {}
    for prefixes, rest in _DOTTED:
        for prefix in prefixes.split():
            ends[prefix[-2]] = (*ends.get(prefix[-2], ()), (prefix, rest))
    return ends


STARTS: Final = _by_start()
DOTTED: Final = _by_last_character()

# Tokens that are told by their end, and the last three characters of each: Mailchimp's data centre, New Relic's and
# MaxMind's marks.
_SUFFIXED: Final = (
    rf"{_H}{{32}}-us[0-9]{{1,2}}",
    rf"(?:eu01xx)?{_A}{{26,40}}(?:FFFF)?NRAL",
    rf"(?:AA|eu01xx){_H}{{32,40}}-NRMA",
    rf"{_A}{{6}}_{_A}{{29}}_mmk",
)
SUFFIXED: Final = rf"(?:{'|'.join(_SUFFIXED)})\Z"
ENDS: Final = frozenset([*(f"s{n:02}" for n in range(100)), *(f"us{n}" for n in range(10)), "RAL", "RMA", "mmk"])
