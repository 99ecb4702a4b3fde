"""Keys and certificates for servers on loopback."""

from __future__ import annotations

import datetime as dt
import ipaddress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric import ec

__all__ = ["issued", "self_signed"]


def self_signed(folder: Path) -> Path:
    """Return a file with a key and its own certificate."""
    path, _ = issued(folder, "self-signed.pem")
    return path


def issued(
    folder: Path,
    file: str,
    by: tuple[x509.Certificate, ec.EllipticCurvePrivateKey] | None = None,
    *,
    authority: bool = False,
) -> tuple[Path, tuple[x509.Certificate, ec.EllipticCurvePrivateKey]]:
    """Return a file with a key and its certificate, and both as objects; without `by`, self-signed."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, file)])
    now = dt.datetime.now(dt.timezone.utc)
    place = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(by[0].subject if by else name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
        .add_extension(place, critical=False)
        .sign(by[1] if by else key, hashes.SHA256())
    )
    path = folder / file
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    path.write_bytes(private + certificate.public_bytes(serialization.Encoding.PEM))
    return path, (certificate, key)
