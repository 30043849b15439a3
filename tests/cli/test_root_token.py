"""A root key on a PKCS#11 token signs as one in a file does; what is wrong with it is told, and the
PIN never is."""

import os
import pty
import subprocess
import sys
import termios
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.acceptance.hubs import await_that
from tests.cli.ceremony import Ceremony
from tests.cli.software_token import PIN, Token, make_token, needs_token
from tests.conftest import Tongxing
from tongxing.gateway.ceremony.token_key import TokenRefused, parse_token_uri

pytestmark = [pytest.mark.processes, needs_token]


@pytest.fixture(scope="module")
def token(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Token]:
    with pytest.MonkeyPatch.context() as patch:
        made = make_token(tmp_path_factory.mktemp("token"))
        for name, value in made.environment.items():
            patch.setenv(name, value)  # before the module is loaded into this process
        yield made


@pytest.fixture
def them(tongxing: Tongxing, tmp_path: Path) -> Ceremony:
    return Ceremony(tongxing, tmp_path)


@pytest.mark.parametrize(("label", "suite"), [("root", "ES256"), ("edwards", "EdDSA")])
def test_a_key_on_a_token_signs_beside_keys_in_files(
    token: Token, them: Ceremony, label: str, suite: str
) -> None:
    uri = token.uri(token.with_pin, object=label)
    made = them.tongxing("trust", "root", "key", f"{label}.json", "--key", uri, "--name", label)
    assert (made.status, suite in made.out) == (0, True)
    them.signed({"threshold": 2, "keys": ["bob.json", "carol.json", f"{label}.json"]}, "bob")
    signed = them.tongxing("trust", "root", "sign", "proposal.json", "--key", uri, "--yes")
    assert f"已签 signed: bob, {label}" in signed.out
    them.sign("alice")
    assert them.tongxing("trust", "root", "verify", "proposal.json").status == 0


def test_a_key_is_found_by_its_id_too(token: Token, them: Ceremony) -> None:
    uri = token.uri(token.with_pin, id="%02")
    assert "EdDSA" in them.tongxing("trust", "root", "key", "id.json", "--key", uri).out


WRONG = {
    "no such token": ({"token": "carol", "object": "root"}, "NoSuchToken"),
    "no such key": ({"object": "other"}, "there are 0"),
    "two such keys": ({}, "there are 2"),
}


@pytest.mark.parametrize("what", WRONG)
def test_a_uri_that_names_no_one_key_is_refused(token: Token, them: Ceremony, what: str) -> None:
    path, why = WRONG[what]
    uri = token.uri(token.with_pin, **path)
    assert why in them.tongxing("trust", "root", "key", "x.json", "--key", uri).complaint


@pytest.mark.parametrize("module", ["/nowhere.so", "/etc/passwd"])
def test_a_module_that_is_none_is_refused(them: Ceremony, module: str) -> None:
    uri = f"pkcs11:token=dave;object=root?module-path={module}"
    pin = "123456\n"
    ran = them.tongxing("trust", "root", "key", "x.json", "--key", uri, stdin=pin)
    assert "令牌拒绝" in ran.complaint


def test_a_wrong_pin_is_tried_once_and_never_shown(token: Token, them: Ceremony) -> None:
    wrong = them.directory / "wrong"
    wrong.write_text("135790")
    uri = token.uri(f"&pin-source={wrong}", object="root")
    ran = them.tongxing("trust", "root", "key", "x.json", "--key", uri)
    assert "PinIncorrect" in ran.complaint
    assert "135790" not in ran.out + ran.err
    right = token.uri(token.with_pin, object="root")
    assert them.tongxing("trust", "root", "key", "x.json", "--key", right).status == 0


COMMAND = [sys.executable, "-m", "tongxing.gateway.cli", "trust", "root", "key", "asked.json"]


def test_a_pin_is_asked_for_at_a_terminal_and_not_shown(token: Token, tmp_path: Path) -> None:
    outer, inner = pty.openpty()
    asking = subprocess.Popen(
        ["setsid", "--ctty", *COMMAND, "--key", token.uri(object="root")],
        cwd=tmp_path,
        env={**os.environ, **token.environment},
        stdin=inner,
        stdout=inner,
        stderr=inner,
    )
    os.close(inner)
    said = b""
    while b"PIN" not in said:
        said += os.read(outer, 1000)
    # What is typed before the terminal hides it is thrown away.
    await_that(lambda: not termios.tcgetattr(outer)[3] & termios.ECHO, "the terminal hides it")
    os.write(outer, f"{PIN}\n".encode())
    with suppress(OSError):  # how Linux says that nobody is at the other end any more
        while more := os.read(outer, 1000):
            said += more
    assert asking.wait(timeout=120) == 0
    os.close(outer)
    assert (tmp_path / "asked.json").exists()
    assert PIN.encode() not in said


def test_without_a_terminal_a_pin_comes_from_a_file_alone(token: Token, tmp_path: Path) -> None:
    ran = subprocess.run(
        [*COMMAND, "--key", token.uri(object="root")],
        cwd=tmp_path,
        env={**os.environ, **token.environment},
        input=f"{PIN}\n",
        start_new_session=True,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert "此处不能隐藏输入" in ran.stderr
    assert (ran.returncode, (tmp_path / "asked.json").exists()) == (1, False)


URIS = {
    "a PIN in it": ("pkcs11:token=t;object=o?module-path=/m&pin-value=123456", "PIN"),
    "no module": ("pkcs11:token=t;object=o", "module-path"),
    "no token": ("pkcs11:object=o?module-path=/m", "module-path"),
    "an unknown part": ("pkcs11:token=t;slot-id=1?module-path=/m", "unknown URI"),
    "a part twice": ("pkcs11:token=t;token=u?module-path=/m", "unknown URI"),
    "no text": ("pkcs11:token=%ff;object=o?module-path=/m", "unknown URI"),
}


@pytest.mark.parametrize("what", URIS)
def test_a_uri_that_cannot_be_used_is_refused(what: str) -> None:
    uri, why = URIS[what]
    with pytest.raises(TokenRefused, match=why) as refused:
        parse_token_uri(uri)
    assert "123456" not in str(refused.value)
