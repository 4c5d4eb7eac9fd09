"""Addresses of crypto wallets: Bitcoin's with their checksums (base58check, bech32 and bech32m), Ethereum's by form."""

from __future__ import annotations

from typing import Final

from clippy_otel.privacy.recogniser import Recogniser, Span

_BASE58: Final = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_BASE58_VALUES: Final = {character: value for value, character in enumerate(_BASE58)}
_BASE58_BYTES: Final = 25  # a version, the hash of a key or script, four bytes of checksum
_BASE58_VERSIONS: Final = frozenset({0, 5})  # keys, scripts

_BECH32: Final = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_BECH32_VALUES: Final = {character: value for value, character in enumerate(_BECH32)}
_BECH32_GENERATORS: Final = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
_BECH32_PREFIX: Final = "bc"
_BECH32_SUMS: Final = frozenset({1, 0x2BC830A3})  # bech32 (BIP 173), bech32m (BIP 350)

_ALNUM: Final = "0-9A-Za-z"
_PATTERN: Final = (
    rf"[13Bb0](?<![{_ALNUM}_].)(?:(?<=[13])[1-9A-HJ-NP-Za-km-z]{{25,34}}|(?<=[Bb])[Cc]1[02-9ac-hj-np-zAC-HJ-NP-Z]{{11,71}}"
    rf"|(?<=0)[xX][0-9a-fA-F]{{40}})(?![{_ALNUM}_])"
)


def _wallet(text: str, start: int, end: int) -> Span | None:
    found = text[start:end]
    if found[0] == "0":
        return start, end
    is_valid = _is_bech32(found) if found[0] in "Bb" else _is_base58(found)
    return (start, end) if is_valid else None


def _is_base58(address: str) -> bool:
    number = 0
    for character in address:
        number = number * 58 + _BASE58_VALUES[character]
    if number >> (8 * _BASE58_BYTES):
        return False
    data = number.to_bytes(_BASE58_BYTES, "big")
    from hashlib import sha256  # noqa: PLC0415 - it loads OpenSSL, 3.5 MB, for who looks for wallets

    return data[0] in _BASE58_VERSIONS and sha256(sha256(data[:-4]).digest()).digest()[:4] == data[-4:]


def _is_bech32(address: str) -> bool:
    if address not in (address.lower(), address.upper()):
        return False
    values = [_BECH32_VALUES[character] for character in address.lower()[len(_BECH32_PREFIX) + 1 :]]
    prefix = [ord(character) for character in _BECH32_PREFIX]
    return _polymod([*(code >> 5 for code in prefix), 0, *(code & 31 for code in prefix), *values]) in _BECH32_SUMS


def _polymod(values: list[int]) -> int:
    sum_ = 1
    for value in values:
        top = sum_ >> 25
        sum_ = (sum_ & 0x1FFFFFF) << 5 ^ value
        for place, generator in enumerate(_BECH32_GENERATORS):
            sum_ ^= generator if top >> place & 1 else 0
    return sum_


WALLET: Final = Recogniser("crypto_wallet", (), _PATTERN, _wallet, words=("w" * 14,))
