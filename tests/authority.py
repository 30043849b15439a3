"""Certificates of the tests: an authority, and what it certifies, as files in PEM."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from cryptography.x509 import (
    BasicConstraints,
    Certificate,
    CertificateBuilder,
    DNSName,
    IPAddress,
    Name,
    NameAttribute,
    SubjectAlternativeName,
    random_serial_number,
)
from cryptography.x509.oid import NameOID

LONG = timedelta(days=90)


@dataclass(frozen=True)
class Pair:
    """A certificate and its key, and the files with them."""

    certificate: Certificate
    private: ec.EllipticCurvePrivateKey
    file: Path
    key: Path

    @property
    def der(self) -> bytes:
        return self.certificate.public_bytes(Encoding.DER)

    @property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(Encoding.PEM)


class Authority:
    """Whose certificate is in ``file``; its certificates are made in ``directory``."""

    def __init__(self, directory: Path, name: str = "authority") -> None:
        self._directory = directory
        private = ec.generate_private_key(ec.SECP256R1())
        self._name, self._private = _named(name), private
        builder = _builder(self._name, self._name, private, LONG)
        builder = builder.add_extension(BasicConstraints(ca=True, path_length=0), critical=True)
        self._own = builder.sign(private, hashes.SHA256())
        self.file = directory / f"{name}.pem"
        self.file.write_bytes(self._own.public_bytes(Encoding.PEM))

    def certify(self, name: str, lasting: timedelta = LONG) -> Pair:
        """For ``name``, for ``hub`` and for the loopback address."""
        private = ec.generate_private_key(ec.SECP256R1())
        names = SubjectAlternativeName(
            [DNSName(name), DNSName("hub"), IPAddress(ip_address("127.0.0.1"))]
        )
        builder = _builder(_named(name), self._name, private, lasting)
        certificate = builder.add_extension(names, critical=False).sign(
            self._private, hashes.SHA256()
        )
        pair = Pair(
            certificate, private, self._directory / f"{name}.pem", self._directory / f"{name}.key"
        )
        pair.file.write_bytes(pair.pem)
        pair.key.write_bytes(
            private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        )
        pair.key.chmod(0o600)
        return pair


def _named(name: str) -> Name:
    return Name([NameAttribute(NameOID.COMMON_NAME, name)])


def _builder(
    subject: Name, issuer: Name, private: ec.EllipticCurvePrivateKey, lasting: timedelta
) -> CertificateBuilder:
    at = datetime.now(UTC)
    return (
        CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(private.public_key())
        .serial_number(random_serial_number())
        .not_valid_before(at - timedelta(days=1))
        .not_valid_after(at + lasting)
    )
