"""``docs/operating/backup.md``, followed command by command beside a hub that is asked all the
while; then the hub's machine is lost."""

import json
import shutil
import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from threading import Event, Thread

import pytest

from tests.acceptance.callers import (
    CITY,
    Answer,
    Caller,
    calling,
    document_of,
    fields,
    request_of,
)
from tests.acceptance.forging import Claims, SigningKey
from tests.acceptance.hubs import await_that, serving
from tests.acceptance.operations import TRAVELER
from tests.connection import connection
from tests.operating.followed import Block, Machines, blocks, machines
from tongxing.gateway.answering.receipt import read_receipt
from tongxing.keys import HubSigner
from tongxing.sandbox.provisioning.layout import Layout
from tongxing.sandbox.provisioning.state import HUB_ID, write_settings
from tongxing.sandbox.town.records import IssuerName

pytestmark = pytest.mark.processes

PAGE = Path("docs/operating/backup.md").name


@pytest.fixture
def them(tmp_path: Path) -> Iterator[Machines]:
    with machines(tmp_path) as found:
        yield found


@pytest.fixture
def layout(them: Machines, template: Layout, urls: Mapping[IssuerName, str]) -> Layout:
    """The hub's machine, with the credentials in a directory of their own."""
    layout = Layout(them.at("hub"))
    shutil.copytree(template.directory, layout.directory, dirs_exist_ok=True)
    layout.directory.chmod(0o700)
    write_settings(layout, urls, port=0)
    text = layout.settings.read_text("utf-8")
    layout.settings.write_text(text.replace('"issuers/', '"credentials/'), "utf-8")
    (layout.directory / "issuers").rename(layout.directory / "credentials")
    return layout


class Asking:
    """A client that asks all the time; ``told`` are the answers that it has."""

    def __init__(self, caller: Caller) -> None:
        self.told: list[Answer] = []
        self._caller = caller
        self._ends = Event()
        self._thread = Thread(target=self._ask)

    def _ask(self) -> None:
        while not self._ends.is_set():
            self.told.append(self._caller.persona("green_everywhere"))

    @contextmanager
    def going_on(self) -> Iterator[None]:
        self._thread.start()
        try:
            yield
        finally:
            self._ends.set()
            self._thread.join()

    def hears_more(self) -> None:
        heard = len(self.told)
        await_that(lambda: len(self.told) > heard + 2, "the hub answers on")


def test_the_page_is_followed(them: Machines, layout: Layout, tmp_path: Path) -> None:
    found = [block for block in blocks(PAGE) if block.is_run]
    before = 0
    with serving(layout) as hub, calling(hub) as caller:
        asking = Asking(caller)
        with asking.going_on():
            for block in [each for each in found if each.machine == "hub"]:
                asking.hears_more()
                if "tongxing backup" in block.text:
                    before = len(asking.told)
                them.run(block)
                asking.hears_more()
        hub.end(signal.SIGKILL)
    assert before

    said = [them.run(block) for block in found if block.machine == "new"]
    indexes = [int(answer["auditIndex"]) for answer in asking.told]
    [checked] = [each for each in said if "条记录完好" in each]
    resumed = int(checked.split("✔ ")[1].split()[0]) - 1
    assert indexes[before - 1] < resumed < indexes[-1]
    assert _held_by(them, asking.told[before - 1], tmp_path)
    assert not _held_by(them, asking.told[-1], tmp_path)

    log = next(them.at("new").glob("beside-*.log"))
    await_that(lambda: bool(_url(log)), "the restored hub runs")
    with connection(_url(log)) as http:
        again = Caller(http, CITY, SigningKey.from_pem(layout.client_key(CITY).read_bytes()))
        assert again.ask_for_token(again.assertion()).status_code == 401, "used before, perhaps"
        long = partial(again.key.jws, {"typ": "JWT"})
        await_that(
            lambda: again.ask_for_token(long(_long_lived(again))).status_code == 200,
            "an assertion is taken that cannot have been used before",
        )
        token = str(again.ask_for_token(long(_long_lived(again))).json()["access_token"])
        asked = request_of(fields(document_of("green_everywhere")))
        answer = again.post(TRAVELER, asked, token=token).json()["data"]["traveler"]
    assert answer["color"] == "GREEN"
    assert int(answer["auditIndex"]) > resumed
    key = HubSigner.from_pem(layout.hub_key.read_bytes()).public_key
    last, first = (read_receipt(each["receipt"], key).audit for each in (asking.told[-1], answer))
    assert last.log is None
    assert str(first.log).startswith(f"{HUB_ID}/audit/20")
    assert _held_by(them, answer, tmp_path)


def _url(log: Path) -> str:
    """Empty as long as the hub has not said where it listens."""
    lines = [json.loads(line) for line in log.read_text("utf-8").splitlines() if line[-1:] == "}"]
    return next((str(line["url"]) for line in lines if "url" in line), "")


def _long_lived(caller: Caller) -> Claims:
    claims = caller.claims()
    return {**claims, "exp": int(str(claims["iat"])) + 300}


def _held_by(them: Machines, answer: Answer, tmp_path: Path) -> bool:
    """What ``audit verify`` at the new machine says of the receipt."""
    receipt = tmp_path / "usb" / "receipt"
    receipt.write_text(answer["receipt"], "utf-8")
    command = "tongxing audit verify --settings hub/settings.toml --receipt usb/receipt"
    said = them.run(Block(PAGE, 0, f"{command} || true", {"on": "new"}))
    assert ("条记录完好" in said) is not ("was lost before the log was restored" in said), said
    return "条记录完好" in said
