"""The world around the first day of a hub: issuers with what they hand over, and a gate that asks
through the proxy all day."""

import json
import os
import shutil
import socket
import ssl
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from threading import Event, Thread
from time import sleep, time

import httpx2
import pytest

from tests.acceptance.arriving import claims_of, header_of
from tests.acceptance.callers import Answer, Caller, document_of, fields, request_of
from tests.acceptance.forging import LASTS_SECONDS, SigningKey, assertion_claims
from tests.acceptance.hubs import await_that
from tests.acceptance.operations import TRAVELER
from tests.acceptance.rotating import KEYS
from tests.architecture.source import ROOT
from tests.clients.programs import CLIENTS, curl
from tests.connection import PATIENCE_SECONDS
from tests.operating.followed import HUB, Machines
from tests.sandbox.clients import running
from tongxing.gateway.operation.files import replace
from tongxing.keys import verify_receipt
from tongxing.keys.public_key_file import read_public_keys
from tongxing.keys.signing import Es256Signer
from tongxing.sandbox.issuers.keystore import CREDENTIAL, NEXT_CREDENTIAL, ensure_issuer
from tongxing.sandbox.provisioning.state import HUB_ID
from tongxing.sandbox.town.records import IssuerName

PERSONA = "green_everywhere"
CLIENT = "city"
"""The machine of the first client system."""

NGINX_IS_AT = os.pathsep.join((os.environ["PATH"], "/usr/sbin", "/usr/local/sbin"))
PAUSE_SECONDS = 0.2
"""Between two questions: the machine has commands to run, too."""

NOBODY_ANSWERS = (502, 503, 504)
TOKEN_ENDED = 401


def needs_nginx() -> None:
    if shutil.which("nginx", path=NGINX_IS_AT) is None:
        assert not os.environ.get("CI"), ".ci/run installs nginx"
        pytest.skip("the pages need nginx")


def free_ports(count: int) -> list[int]:
    with ExitStack() as stack:
        found = [stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(count)]
        return [each.getsockname()[1] for each in found]


def ports_and_programs() -> dict[str, str]:
    """What blocks find in their environment."""
    hub, proxy = free_ports(2)
    return {
        "RELEASE": str(ROOT),
        "TONGXING_LISTEN__PORT": str(hub),
        "TONGXING_DEADLINE_SECONDS": "15",
        "TONGXING_CACHE__SECONDS": "0.001",
        "PROXY_PORT": str(proxy),
        "NO_PROXY": "localhost,127.0.0.1",
        "PATH": os.pathsep.join((str(Path(sys.executable).parent), NGINX_IS_AT)),
    }


@contextmanager
def reference_issuers(directory: Path) -> Iterator[dict[str, str]]:
    """Three of them, with files of their own; their addresses by the names that pages use."""
    with ExitStack() as stack:
        for name in IssuerName:
            ensure_issuer(directory, name)
        options = ("--seed", "7", "--population", "200")
        yield {
            name.value.upper(): stack.enter_context(running(name, directory, *options)).url
            for name in IssuerName
        }


def hand_over(issuers: Path, stick: Path) -> None:
    """What the issuers give a new client. Zhenjiang announces two keys, of which it uses the
    second one today, and a second credential."""
    (stick / "issuers").mkdir()
    for name in IssuerName:
        shutil.copy(issuers / name / "credential", stick / f"{name.value}.credential")
        shutil.copy(issuers / name / "public_key.jwk", stick / "issuers" / f"{name.value}.json")
    zhenjiang = stick / "issuers" / "zhenjiang.json"
    zhenjiang.rename(stick / "issuers" / "zhenjiang-next.json")
    zhenjiang.write_text(json.dumps(Es256Signer.generate().public_jwk()), "utf-8")
    second = b"the-second-credential-of-this-hub"
    replace(issuers / IssuerName.ZHENJIANG / NEXT_CREDENTIAL, second)
    (stick / "zhenjiang-next.credential").write_bytes(second)


def credential_is_forgotten(issuers: Path) -> None:
    """Zhenjiang takes the second credential only."""
    folder = issuers / IssuerName.ZHENJIANG
    (folder / NEXT_CREDENTIAL).rename(folder / CREDENTIAL)


def take_sm2_key(issuers: Path, said: str) -> None:
    """The national platform takes the hub's key, as ``tongxing init`` prints it."""
    jwks = [line.strip() for line in said.splitlines() if '"crv": "SM2"' in line]
    replace(issuers / IssuerName.NATIONAL / "hub_key.jwk", jwks[-1].encode("ascii"))


def set_up_client(them: Machines) -> None:
    curl(CLIENTS.parent)  # leaves the test out where its tools are not
    (them.at(CLIENT) / "clients").symlink_to(CLIENTS, target_is_directory=True)
    for machine in (HUB, CLIENT):
        put_traveler(them.at(machine))


def put_traveler(machine: Path) -> None:
    """Whom to ask about."""
    traveler = json.dumps(fields(document_of(PERSONA)), ensure_ascii=False)
    (machine / "traveler.json").write_text(traveler, "utf-8")


@dataclass
class Gate:
    """A client that asks through the proxy all the time: on one line with a token as long as
    it is good, on another with a new one for each question. ``told`` are the answers that it has;
    ``wronged``: what it was refused, or told, falsely. A token may end before its time, then it
    gets another; and while nobody is there behind the proxy it waits."""

    url: str
    authority: Path
    client_id: str
    key: SigningKey
    told: list[Answer] = field(default_factory=list)
    wronged: list[str] = field(default_factory=list)

    @contextmanager
    def asking(self) -> Iterator[None]:
        ended = Event()
        lines = [
            Thread(target=self._ask_on, args=(ended,), kwargs={"renews": renews})
            for renews in (False, True)
        ]
        for line in lines:
            line.start()
        try:
            yield
        finally:
            ended.set()
            for line in lines:
                line.join()
        assert self.wronged == []

    def hears_more(self, answers: int = 4) -> None:
        """Returns after so many more answers."""
        wanted = len(self.told) + answers
        await_that(lambda: len(self.told) >= wanted or bool(self.wronged), "the hub answers on")
        assert self.wronged == []

    def asks_for_token(self, lasts_seconds: int) -> httpx2.Response:
        """By an assertion that lasts so long."""
        with self.connected() as caller:
            return self._asks_for_token(caller, lasts_seconds)

    def asks(self, token: str) -> Answer:
        with self.connected() as caller:
            assert self._ask(caller, token) == 200
        return self.told[-1]

    def _ask_on(self, ended: Event, *, renews: bool) -> None:
        token = ""
        with self.connected() as caller:
            while not ended.is_set():
                try:
                    token = self._ask_with("" if renews else token, caller)
                except Exception as error:  # noqa: BLE001 - the test's thread tells
                    self.wronged.append(repr(error))
                    return
                sleep(PAUSE_SECONDS)

    def _ask_with(self, token: str, caller: Caller) -> str:
        """The token, as long as it is good."""
        if not token:
            response = self._asks_for_token(caller)
            if response.status_code in NOBODY_ANSWERS:
                return ""
            assert response.status_code == 200, response.text
            token = str(response.json()["access_token"])
        if self._ask(caller, token) != TOKEN_ENDED:
            return token
        assert self._has_ended(token, caller), "a good token is refused"
        return ""

    def _has_ended(self, token: str, caller: Caller) -> bool:
        """It has with the key by which it was signed, or by its own time."""
        header, claims = header_of(token), claims_of(token)
        keys = caller.http.get(KEYS).json()["keys"]
        return header["kid"] != keys[0]["kid"] or int(str(claims["exp"])) <= time()

    def _asks_for_token(
        self, caller: Caller, lasts_seconds: int = LASTS_SECONDS
    ) -> httpx2.Response:
        claims = assertion_claims(self.client_id, HUB_ID, datetime.now(UTC))
        claims["exp"] = int(str(claims["iat"])) + lasts_seconds
        return caller.ask_for_token(self.key.jws({"typ": "JWT"}, claims))

    def _ask(self, caller: Caller, token: str) -> int:
        """The status. Keys come first: what signs a receipt was published before."""
        keys = caller.http.get(KEYS)
        if keys.status_code in NOBODY_ANSWERS:
            return keys.status_code
        asked = request_of(fields(document_of(PERSONA)))
        response = caller.post(TRAVELER, asked, token=token)
        if response.status_code in (TOKEN_ENDED, *NOBODY_ANSWERS):
            return response.status_code
        assert response.status_code == 200, response.text
        answer: Answer = response.json()["data"]["traveler"]
        assert answer["color"] == "GREEN", answer
        verify_receipt(answer["receipt"], *(e.public_key for e in read_public_keys(keys.content)))
        self.told.append(answer)
        return response.status_code

    @contextmanager
    def connected(self) -> Iterator[Caller]:
        believes = ssl.create_default_context(cafile=self.authority)
        with httpx2.Client(
            base_url=self.url, verify=believes, trust_env=False, timeout=PATIENCE_SECONDS
        ) as http:
            yield Caller(http, self.client_id, self.key)
