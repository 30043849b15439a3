"""A small client system: gets access tokens with its key, and asks the hub over GraphQL.

A file holds its credentials; the files that it names are relative to it.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from http import HTTPStatus
from pathlib import Path
from ssl import SSLContext, create_default_context
from typing import Annotated, Any

import httpx2
import msgspec
import typer
from msgspec import Meta, Struct

from tongxing.gateway.addresses import url_fault
from tongxing.gateway.cli.failing import CommandFailed
from tongxing.gateway.cli.operations import SHIPPED
from tongxing.gateway.errors import Details, ErrorCode
from tongxing.gateway.graphql.document_ids import digest_of_text, document_id
from tongxing.gateway.pages.page_questions import page_questions
from tongxing.keys.client_tokens import sign_client_assertion
from tongxing.keys.dpop_proof import sign_proof
from tongxing.keys.signing import Es256Signer, InvalidPrivateKey
from tongxing.keys.strict_json import without_byte_order_mark
from tongxing.schema.characters import shown

_OPTION = typer.Option(
    "--credentials",
    metavar="FILE",
    show_default=False,
    help="凭据文件 The client system's credentials file; it names the hub",
)
CredentialsOption = Annotated[Path, _OPTION]
OptionalCredentialsOption = Annotated[Path | None, _OPTION]


class Credentials(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``hub`` is the hub's address, ``audience`` its id, to which assertions are addressed.
    ``dpop``: the client's tokens are bound to keys. ``certificate`` and ``certificate_key`` are
    what it shows to a hub that asks for a certificate, and ``authorities`` certify the hub's own,
    if not those that this machine knows do."""

    hub: str
    audience: str
    client_id: str
    key: str
    dpop: bool = False
    certificate: str = ""
    certificate_key: str = ""
    authorities: str = ""


def read_credentials(file: Path) -> tuple[Credentials, Es256Signer]:
    """The credentials, and the key that they name. Raises CommandFailed."""
    try:
        octets = without_byte_order_mark(file.read_bytes())
        credentials = _beside(file, msgspec.json.decode(octets, type=Credentials))
        _check_address(credentials.hub, file)
        return credentials, Es256Signer.from_pem(Path(credentials.key).read_bytes())
    except OSError as error:
        raise CommandFailed(
            f"{error.filename} 无法读取，请核对路径和权限 cannot be read ({error.strerror})"
        ) from None
    except (msgspec.MsgspecError, UnicodeError) as error:
        raise CommandFailed(
            f"{file} 不是凭据文件，请核对 is not a credentials file: {error}"
        ) from None
    except InvalidPrivateKey as error:
        raise CommandFailed(
            f"{credentials.key} 不是可用的私钥，请核对凭据所指的文件 "
            f"is no usable private key: {error}"
        ) from None


_FILES = ("key", "certificate", "certificate_key", "authorities")


def _beside(file: Path, credentials: Credentials) -> Credentials:
    named = {each: getattr(credentials, each) for each in _FILES}
    paths = {each: str(file.parent / name) for each, name in named.items() if name}
    return msgspec.structs.replace(credentials, **paths)


def tls_of(credentials: Credentials) -> SSLContext:
    """How a hub and this client know each other. Raises CommandFailed."""
    try:
        context = create_default_context(cafile=credentials.authorities or None)
        if credentials.certificate:
            key = credentials.certificate_key or None
            context.load_cert_chain(credentials.certificate, key, password=lambda: b"")
    except OSError as error:  # SSLError is one
        raise CommandFailed(
            "凭据文件所指的证书不可用，请核对 the certificates that the credentials file names "
            f"cannot be used ({type(error).__name__})"
        ) from None
    return context


class HubSilent(CommandFailed):
    """Nothing answers, or not in time."""


class HubRefuses(CommandFailed):
    """``code`` is one of the hub's, or of whatever else answers."""

    def __init__(self, code: str, told: str) -> None:
        super().__init__(f"平台拒绝 the hub refuses: {told}")
        self.code = code


class NoAccessToken(CommandFailed):
    """``error`` is that of RFC 6749 §5.2."""

    def __init__(self, error: str) -> None:
        super().__init__(
            f"平台不给令牌，请核对登记、公钥和本机时钟 the hub gives no access token: {error}"
        )
        self.error = error


class _Extensions(Struct, frozen=True):
    """Beside code and text the members of ``Details``, of any form: they are only shown."""

    code: str = ""
    zh: str = ""
    field: Any = None
    argument: Any = None
    path: Any = None
    limit: Any = None
    unit: Any = None
    allowed: Any = None

    def details(self) -> Iterator[str]:
        for name in Details.__slots__:
            given = getattr(self, name)
            if given is not None:
                words = given if isinstance(given, list) else [given]
                yield f"{name}={','.join(map(str, words))}"


def _check_address(address: str, file: Path) -> None:
    """Raises CommandFailed: the library raises several errors for what is no address."""
    fault = url_fault(address)
    if fault:
        raise CommandFailed(f"{file} 中的 hub 不是可用的地址，请核对 the address hub: {fault}")


_TOLD_MAX_CHARACTERS = 600
_CODES = frozenset(ErrorCode)
_NAME = re.compile(r"[A-Za-z_]{1,40}")


class _Error(Struct, frozen=True):
    message: str
    extensions: _Extensions = _Extensions()

    @property
    def told(self) -> str:
        """Empty if it has no code. Only the text beside a code of the hub's is shown: another
        server may repeat what it was asked, and a terminal obeys some characters."""
        code = self.extensions.code
        if code not in _CODES:
            return code if _NAME.fullmatch(code) else ""
        said = (code, self.extensions.zh, self.message, *self.extensions.details())
        told = " ".join(filter(None, said))
        return shown(told[:_TOLD_MAX_CHARACTERS])


LONGEST_TOKEN_SECONDS = 86_400
"""A hub's tokens last for minutes. A longer life, like a token that no header can hold, comes from
something else."""

_Token = Annotated[str, Meta(pattern=r"^[!-~]+$(?!\n)")]


class _Answer(Struct, frozen=True):
    """An answer of either address, as far as a client reads it. ``expires_in`` is in seconds."""

    data: dict[str, Any] | None = None
    errors: list[_Error] = []
    access_token: _Token | None = None
    expires_in: Annotated[int, Meta(ge=0, le=LONGEST_TOKEN_SECONDS)] = 0
    error: str | None = None

    @property
    def lacks_the_document(self) -> bool:
        """A hub that does not have it says so; an older one has no such member of a request."""
        return any(error.extensions.code in _LACKING for error in self.errors)


_LACKING = frozenset({ErrorCode.PERSISTED_DOCUMENT_NOT_FOUND, ErrorCode.MALFORMED_REQUEST})

ASSERTION_LASTS = timedelta(seconds=60)
RENEWED_BEFORE = timedelta(seconds=30)
PATIENCE_SECONDS = 30.0
"""Far beyond the hub's own deadline: a hub would have answered by then."""

PUBLISHED_COMES_WITHIN = timedelta(seconds=60)
"""A megabyte at the speed of a bad telephone line. Error: HubSilent."""

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
"""RFC 7523 §2.2."""


_TOKEN = "/oauth/token"  # noqa: S105  an address, no secret


_OF_PAGES = frozenset(page_questions().values())
"""Hubs have these, too."""


class HubClient:
    """``now`` dates assertions and says when a token must be renewed."""

    def __init__(
        self,
        credentials: Credentials,
        signer: Es256Signer,
        now: Callable[[], datetime],
        patience_seconds: float = PATIENCE_SECONDS,
    ) -> None:
        self._credentials = credentials
        self._signer = signer
        self._now = now
        self._prover = Es256Signer.generate() if credentials.dpop else None
        self._http = httpx2.Client(
            base_url=credentials.hub,
            trust_env=False,
            timeout=patience_seconds,
            verify=tls_of(credentials),
        )
        self._token: tuple[str, datetime] | None = None
        self._has_shipped = True

    @classmethod
    def from_file(cls, credentials: Path, now: Callable[[], datetime]) -> "HubClient":
        return cls(*read_credentials(credentials), now)

    def close(self) -> None:
        self._http.close()

    def ask_for(self, field: str, operation: str, variables: Mapping[str, object]) -> Any:
        """The ``field`` of the data. Raises CommandFailed, even if it is not there or null: then it
        is no hub that answers."""
        value = self.ask(operation, variables).get(field)
        if value is None:
            raise self._no_hub()
        return value

    def ask(self, operation: str, variables: Mapping[str, object]) -> Mapping[str, Any]:
        """The ``data`` of the answer. Raises CommandFailed if the hub refuses or cannot be
        reached."""
        answer = self._asked(operation, variables)
        if answer.data is None:
            raise self._no_hub()
        return answer.data

    def _asked(self, operation: str, variables: Mapping[str, object]) -> _Answer:
        """By the id of ``operation`` if hubs have it. One that does not is sent the text, and from
        then on nothing else."""
        if self._has_shipped and (operation in SHIPPED or operation in _OF_PAGES):
            answer, status = self._post("/graphql", **self._question(_named(operation), variables))
            if not answer.lacks_the_document:
                return self._checked(answer, status)
            self._has_shipped = False
        answer, status = self._post("/graphql", **self._question({"query": operation}, variables))
        return self._checked(answer, status)

    def _question(
        self, document: Mapping[str, str], variables: Mapping[str, object]
    ) -> Mapping[str, Any]:
        return {
            "headers": self._authorized("/graphql", self._valid_token()),
            "json": {**document, "variables": variables},
        }

    def token(self) -> str:
        """An access token that stays valid for a while. Raises CommandFailed if it would be worth
        nothing to anybody else."""
        if self._prover is not None:
            raise CommandFailed(
                "该系统的令牌须随每个请求附带证明，不能单独使用 the tokens of this client need a "
                "proof with each request: they cannot be used elsewhere"
            )
        return self._valid_token()

    def _authorized(self, path: str, token: str) -> Mapping[str, str]:
        if self._prover is None:
            return {"Authorization": f"Bearer {token}"}
        return {"Authorization": f"DPoP {token}", **self._proof(path, token)}

    def _proof(self, path: str, token: str | None = None) -> Mapping[str, str]:
        if self._prover is None:
            return {}
        url = self._credentials.hub.rstrip("/") + path
        made = sign_proof(self._prover, method="POST", url=url, at=self._now(), token=token)
        return {"DPoP": made}

    def _valid_token(self) -> str:
        at = self._now()
        if self._token is None or self._token[1] <= at:
            answer = self._post(_TOKEN, data=self.grant(at), headers=self._proof(_TOKEN))
            granted = self._checked(*answer)
            if granted.access_token is None:
                raise self._no_hub()
            lasts = timedelta(seconds=granted.expires_in) - RENEWED_BEFORE
            self._token = (granted.access_token, at + lasts)
        return self._token[0]

    def grant(self, at: datetime) -> dict[str, str]:
        """The form that asks for a token, with an assertion of its own made at ``at``."""
        assertion = sign_client_assertion(
            self._signer,
            client_id=self._credentials.client_id,
            audience=self._credentials.audience,
            at=at,
            lifetime=ASSERTION_LASTS,
        )
        return {
            "grant_type": "client_credentials",
            "client_assertion_type": ASSERTION_TYPE,
            "client_assertion": assertion,
        }

    def _post(self, path: str, **content: Any) -> tuple[_Answer, int]:
        """The answer and its status."""
        try:
            response = self._http.post(path, **content)
        except (httpx2.HTTPError, UnicodeError) as error:
            raise self._silent(error) from None
        try:
            answer = msgspec.json.decode(response.content, type=_Answer)
        except (msgspec.MsgspecError, UnicodeError, RecursionError):
            raise self._no_hub(response.status_code) from None
        return answer, response.status_code

    def get(self, path: str, at_most_bytes: int) -> bytes | None:
        """What the hub publishes at ``path``; None if it is not there, or longer. Raises
        CommandFailed."""
        octets, ends = bytearray(), self._now() + PUBLISHED_COMES_WITHIN
        try:
            with self._http.stream("GET", path) as response:
                if response.status_code != HTTPStatus.OK:
                    return None
                for part in response.iter_bytes():
                    if self._now() > ends:
                        raise httpx2.ReadTimeout("byte by byte")
                    octets += part
                    if len(octets) > at_most_bytes:
                        return None
        except (httpx2.HTTPError, UnicodeError) as error:
            raise self._silent(error) from None
        return bytes(octets)

    def forget_token(self) -> None:
        """The next question gets a new one."""
        self._token = None

    def _silent(self, error: Exception) -> CommandFailed:
        return HubSilent(
            f"{self._credentials.hub} 没有应答，请确认平台在运行、地址无误 "
            f"the hub does not answer ({type(error).__name__})"
        )

    def _checked(self, answer: _Answer, status: int) -> _Answer:
        if answer.errors and answer.errors[0].told:
            raise HubRefuses(answer.errors[0].extensions.code, answer.errors[0].told)
        if answer.error is not None and _NAME.fullmatch(answer.error):
            raise NoAccessToken(answer.error)
        if answer.errors or answer.error is not None or status != HTTPStatus.OK:
            raise self._no_hub(status)
        return answer

    def _no_hub(self, status: int = HTTPStatus.OK) -> CommandFailed:
        return CommandFailed(
            f"{self._credentials.hub} 上应答的不是互认平台（状态 {status}），"
            "请核对凭据文件中的地址 "
            f"what answers at {self._credentials.hub} is not a hub (status {status}); the "
            "credentials file names the address"
        )


def _named(operation: str) -> Mapping[str, str]:
    return {"documentId": document_id(digest_of_text(operation))}
