"""The hub's own certificate and its key: read at the start, and again whenever they change.

Responsible for a new pair taking effect within seconds, without a restart and for new connections
only, and for a pair that does not fit changing nothing. Every worker looks for itself.
"""

import asyncio
import ssl
from collections.abc import Callable
from datetime import datetime
from typing import Protocol

from cryptography.x509 import load_pem_x509_certificates

from tongxing.gateway.operation.trust_ending import step_of
from tongxing.gateway.policy.told_again import ToldAgain
from tongxing.gateway.settings import ClientCertificates, TlsSettings

LOOK_SECONDS = 2.0
"""Between two looks at the files."""

CIPHERS = "ECDHE+AESGCM:ECDHE+CHACHA20"
"""Of TLS 1.2: those with forward secrecy and an AEAD. TLS 1.3 has no others."""


class CertificateRefused(ValueError):
    """``code`` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(f"listen.tls: {code}")
        self.code = code


_Files = tuple[bytes, bytes, bytes | None]


class CertificateWatch(Protocol):
    def certificate_replaced(self) -> None: ...

    def certificate_refused(self, code: str) -> None: ...

    def certificate_ends(self, at: datetime) -> None: ...

    def certificate_ending(self, seconds: float) -> None:
        """``seconds`` are left; negative: it has ended."""
        ...


class CertificateFile:
    """``clock`` gives aware UTC times. Raises CertificateRefused and OSError if what is there at
    the start cannot be used."""

    def __init__(
        self, settings: TlsSettings, watch: CertificateWatch, clock: Callable[[], datetime]
    ) -> None:
        self._settings = settings
        self._watch = watch
        self._clock = clock
        self._seen: _Files | None = None
        self._fault: str | None = None
        self._refusal: str | None = None
        self._told: ToldAgain[tuple[str, _Files | None]] = ToldAgain()
        self._step = 0
        self._held = read_files(settings)
        self._context, self._ends = read_pair(settings, self._held)

    @property
    def context(self) -> ssl.SSLContext:
        """For connections that begin now."""
        return self._context

    def is_refused(self) -> bool:
        return self._refusal is not None

    async def follow(self) -> None:
        while True:
            self.tell_of_end()
            await asyncio.sleep(LOOK_SECONDS)
            await self.look()

    async def look(self) -> None:
        """Take up what is new, or tell operators why not."""
        before = self._context
        self._refusal = await asyncio.to_thread(self._looked)
        if self._context is not before:
            self._watch.certificate_replaced()
        told = None if self._refusal is None else (self._refusal, self._seen)
        if self._told.is_due(told, self._clock()) and self._refusal is not None:
            self._watch.certificate_refused(self._refusal)

    def tell_of_end(self) -> None:
        at = self._clock()
        self._watch.certificate_ends(self._ends)
        step = step_of(at - self._ends)
        if step not in (0, self._step):
            self._watch.certificate_ending((self._ends - at).total_seconds())
        self._step = step

    def _looked(self) -> str | None:
        """Why what is there is not used. Two files are seldom written at the same moment, so what
        does not fit is no fault before it has been there for two looks."""
        try:
            found = read_files(self._settings)
        except OSError:
            return "UNREADABLE"
        if found == self._held:
            return None
        if found == self._seen:
            return self._fault
        self._seen, self._fault = found, self._taken(found)
        return None if self._fault is None else self._refusal

    def _taken(self, found: _Files) -> str | None:
        """Why it is not."""
        try:
            self._context, self._ends = read_pair(self._settings, found)
        except OSError:
            return "UNREADABLE"
        except CertificateRefused as refused:
            return refused.code
        self._held = found
        return None


def read_files(settings: TlsSettings) -> _Files:
    """Certificate, key, and the authority for clients. Raises OSError."""
    ca = None if settings.client_ca is None else settings.client_ca.read_bytes()
    return settings.certificate.read_bytes(), settings.key.read_bytes(), ca


def read_pair(settings: TlsSettings, files: _Files) -> tuple[ssl.SSLContext, datetime]:
    """A context, and when the first certificate of its chain ends. The library reads the files
    itself; what it has read is what ``files`` are if they still are the same afterwards. Raises
    CertificateRefused, OSError."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(CIPHERS)
    context.set_alpn_protocols(["http/1.1"])
    # Each worker would have a key of its own for tickets, and a resumed session would outlive the
    # certificate authority that was replaced.
    context.options |= ssl.OP_NO_RENEGOTIATION | ssl.OP_NO_TICKET
    context.num_tickets = 0
    try:
        context.load_cert_chain(settings.certificate, settings.key, password=lambda: b"")
    except ssl.SSLError as error:
        raise CertificateRefused(_code(error)) from None
    if files[2] is not None:
        _ask_for_certificates(context, settings, files[2])
    if read_files(settings) != files:
        raise CertificateRefused("CHANGING")
    return context, chain_end(files[0])


def _code(error: ssl.SSLError) -> str:
    is_another = error.reason in ("KEY_VALUES_MISMATCH", "KEY_TYPE_MISMATCH")
    return "OTHER_KEY" if is_another else "MALFORMED"


def _ask_for_certificates(context: ssl.SSLContext, settings: TlsSettings, ca: bytes) -> None:
    try:
        context.load_verify_locations(cadata=ca.decode("ascii"))
    except (ValueError, ssl.SSLError):
        raise CertificateRefused("MALFORMED_CLIENT_CA") from None
    is_required = settings.clients is ClientCertificates.REQUIRED
    context.verify_mode = ssl.CERT_REQUIRED if is_required else ssl.CERT_OPTIONAL


def chain_end(pem: bytes) -> datetime:
    """When the first of the certificates ends. Raises CertificateRefused."""
    try:
        return min(each.not_valid_after_utc for each in load_pem_x509_certificates(pem))
    except ValueError:
        raise CertificateRefused("MALFORMED") from None
