"""Certificates for a TLS peer on loopback, made for a test run and worth nothing outside it."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from pathlib import Path

import trustme


@dataclass(frozen=True)
class Certificates:
    """One authority of its own, and what it has signed.

    Attributes:
        authority_file: What a client must trust (PEM).
        server: A server's context with a certificate for 127.0.0.1.
        strict_server: The same, asking clients for a certificate of this authority.
        server_pair: A server's key and certificate chain for the same address (PEM), for who takes no context.
        client_certificate_file: Such a client's certificate (PEM).
        client_key_file: Its key (PEM).
    """

    authority_file: Path
    server: ssl.SSLContext
    strict_server: ssl.SSLContext
    server_pair: tuple[bytes, bytes]
    client_certificate_file: Path
    client_key_file: Path


def make_certificates(directory: Path) -> Certificates:
    """Make an authority and its certificates, with their files in a directory."""
    authority = trustme.CA()
    authority_file = directory / "authority.pem"
    authority.cert_pem.write_to_path(authority_file)
    client = authority.issue_cert("client@example.com")
    certificate_file, key_file = directory / "client.pem", directory / "client.key"
    client.cert_chain_pems[0].write_to_path(certificate_file)
    client.private_key_pem.write_to_path(key_file)
    strict = _server_context(authority)
    strict.verify_mode = ssl.CERT_REQUIRED
    authority.configure_trust(strict)
    server = authority.issue_cert("127.0.0.1")
    pair = (server.private_key_pem.bytes(), b"".join(pem.bytes() for pem in server.cert_chain_pems))
    return Certificates(authority_file, _server_context(authority), strict, pair, certificate_file, key_file)


def _server_context(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    return context
