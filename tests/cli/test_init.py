"""``tongxing init`` makes a hub once, from a file of answers or from questions."""

import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from tests.conftest import Tongxing
from tongxing.gateway.operation.new_hub import (
    HubAnswers,
    IssuerAnswers,
    SetupAnswers,
    make_hub,
    settings_text,
)
from tongxing.gateway.settings import Profile
from tongxing.gateway.settings_file import load_settings

ANSWERS = """
[hub]
id = "tongxing-test"
region = "321100"

[[issuers]]
id = "zhenjiang"
dialect = "zhenjiang"
url = "https://zhenjiang.example"
credential_file = "zhenjiang.credential"
"""


@pytest.fixture
def answers(tmp_path: Path) -> Path:
    file = tmp_path / "answers.toml"
    file.write_text(ANSWERS, "utf-8")
    (tmp_path / "zhenjiang.credential").write_text("credential-of-zhenjiang\n", "ascii")
    return file


def contents(directory: Path) -> dict[str, bytes]:
    return {
        str(file.relative_to(directory)): file.read_bytes()
        for file in directory.rglob("*")
        if file.is_file()
    }


def test_a_second_time_nothing_is_written_over(
    tongxing: Tongxing, answers: Path, tmp_path: Path
) -> None:
    hub = tmp_path / "hub"
    first = tongxing("init", hub, "--answers", answers)
    assert first.status == 0, first.err
    made = contents(hub)
    assert {*made} >= {"settings.toml", "keys/hub.pem", "keys/sm2.pem", "keys/holder.key"}
    again = tongxing("init", hub, "--answers", answers)
    assert again.status == 0
    assert "stays as it is" in again.out
    assert contents(hub) == made
    assert "PRIVATE" not in first.out + again.out
    assert "credential-of-zhenjiang" not in first.out + again.out


def test_it_asks_for_what_it_needs(tongxing: Tongxing, tmp_path: Path) -> None:
    hub, given = tmp_path / "hub", tmp_path / "given"
    given.write_text("a-credential", "ascii")
    typed = [
        *("321100", "", "", "", "", ""),
        *("zhenjiang", "", "https://zhenjiang.example", str(given)),
        "",
    ]
    ran = tongxing("init", hub, "--profile", "open", stdin="\n".join(typed) + "\n")
    assert ran.status == 0, ran.err
    settings = load_settings(hub / "settings.toml", {})
    assert (settings.hub.id, settings.profile) == ("tongxing-321100", Profile.OPEN)
    credential = settings.issuers[0].credential
    assert credential is not None
    assert credential.read_text("ascii") == "a-credential\n"


def _with(old: str, new: str) -> Callable[[str], str]:
    return lambda text: text.replace(old, new)


WRONG = {
    "a region that there is not": (_with("321100", "329999"), "hub.region"),
    "an address without TLS": (_with("https:", "http:"), "https"),
    "no issuer": (lambda text: text.partition("[[issuers]]")[0], "issuers"),
    "a word that it does not know": (lambda text: f'port = "1"\n{text}', "port"),
    "an id with a quote": (_with("tongxing-test", "'x'"), "hub.id"),
    "issuers that are none": (
        lambda text: "issuers = 5\n" + text.partition("[[issuers]]")[0],
        "issuers",
    ),
    "TLS, which is not asked": (
        lambda text: f'{text}[listen.tls]\ncertificate = "a"\nkey = "b"\n',
        "tls",
    ),
    "an address of the hub, which is not asked": (
        _with('id = "tongxing-test"', 'id = "tongxing-test"\nurl = "https://hub.example"'),
        "url",
    ),
    "a dialect that nobody speaks": (_with('dialect = "zhenjiang"', 'dialect = "x"'), "national"),
    "a credential without a name": (_with("zhenjiang.credential", ""), "credential_file"),
    "a credential without an end": (_with("zhenjiang.credential", "/dev/zero"), "/dev/zero"),
    "a credential that is a key": (_with("zhenjiang.credential", "answers.toml"), "answers.toml"),
    "no TOML": (lambda _: "=", "TOML"),
    "a credential that is not there": (_with("zhenjiang.credential", "gone"), "gone"),
}


@pytest.mark.parametrize(("change", "named"), WRONG.values(), ids=WRONG)
def test_an_answer_that_is_wrong_is_refused_and_no_settings_are_left(
    tongxing: Tongxing, answers: Path, tmp_path: Path, change: Callable[[str], str], named: str
) -> None:
    answers.write_text(change(ANSWERS), "utf-8")
    ran = tongxing("init", tmp_path / "hub", "--answers", answers)
    assert named in ran.complaint
    assert not (tmp_path / "hub" / "settings.toml").exists()


def test_what_was_broken_off_goes_on_with_the_same_keys(
    tongxing: Tongxing, answers: Path, tmp_path: Path
) -> None:
    hub = tmp_path / "hub"
    assert tongxing("init", hub, "--answers", answers).status == 0
    keys = contents(hub / "keys")
    (hub / "settings.toml").unlink()
    (hub / "keys" / "holder.key").unlink()
    assert tongxing("init", hub, "--answers", answers).status == 0
    left = contents(hub / "keys")
    assert {name for name in keys if keys[name] != left[name]} == {"holder.key"}


def test_beside_a_database_no_key_is_made_anew(
    tongxing: Tongxing, answers: Path, tmp_path: Path
) -> None:
    hub = tmp_path / "hub"
    assert tongxing("init", hub, "--answers", answers).status == 0
    (hub / "tongxing.sqlite3").write_bytes(b"")
    (hub / "keys" / "hub.pem").unlink()
    ran = tongxing("init", hub, "--answers", answers)
    assert "restore it from a backup" in ran.complaint
    assert not (hub / "keys" / "hub.pem").exists()


def test_any_text_comes_back_from_the_settings_as_it_was_given(tmp_path: Path) -> None:
    odd = 'a "b" \\ 省\t'
    answers = SetupAnswers(
        hub=HubAnswers(id="hub", region="321100"),
        issuers=(IssuerAnswers(id="a", dialect="b", url="https://a.example", cust_num=odd),),
        cache="rediss://cache.example",
    )
    hub = make_hub(tmp_path / "hub", answers)
    assert hub.settings.issuers[0].cust_num == odd
    assert settings_text(answers) in (tmp_path / "hub" / "settings.toml").read_text("utf-8")


@pytest.mark.processes
def test_killed_at_any_moment_it_can_be_made_again(answers: Path, tmp_path: Path) -> None:
    """Each process is killed once there is one file more; what it left stays as it is."""
    hub = tmp_path / "hub"
    command = [sys.executable, "-m", "tongxing.gateway.cli", "init"]
    command += [str(hub), "--answers", str(answers)]
    kept: dict[str, bytes] = {}
    for number in range(1, 20):
        with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
            while process.poll() is None and len(whole(hub)) < number:
                """It goes on."""
            process.kill()
        now = whole(hub)
        assert {name: now[name] for name in kept} == kept
        kept = now
        if process.returncode == 0:
            break
    assert process.returncode == 0
    assert make_hub(hub, None).settings.hub.id == "tongxing-test"


def whole(directory: Path) -> dict[str, bytes]:
    """The files that are in their place."""
    with suppress(FileNotFoundError):  # one that was being moved there
        found = contents(directory) if directory.exists() else {}
        return {name: octets for name, octets in found.items() if "/." not in f"/{name}"}
    return {}
