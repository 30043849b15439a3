"""The file of a participant is read whole or refused, and a refusal repeats nothing of a person."""

import json
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tongxing.conformance.issuer.participant import CannotRun, Expectation, read_participant
from tongxing.keys.signing import Es256Signer

NUMBER = "32110219600110900X"
NAME = "王安宁"
HEAD = 'issuer = "a"\ndialect = "zhenjiang"\nregions = ["321100"]\ncredential = "credential"\n'
KEY = '[[keys]]\nfile = "key.jwk"\n'
GREEN = (
    f'[[persons]]\nlabel = "green"\nkind = "RESIDENT_ID"\nnumber = "{NUMBER}"\nname = "{NAME}"\n'
    'expects = "GREEN"\n'
)
NOBODY = GREEN.replace("green", "nobody").replace("GREEN", "NOBODY")
WHOLE = HEAD + KEY + GREEN + NOBODY


@pytest.fixture(name="folder")
def folder_(tmp_path: Path) -> Path:
    signer = Es256Signer.generate()
    (tmp_path / "credential").write_text("secret\n")
    (tmp_path / "key.jwk").write_text(json.dumps(signer.public_jwk()))
    (tmp_path / "private.pem").write_bytes(signer.to_pem())
    pem = ec.generate_private_key(ec.SECP256R1()).public_key()
    (tmp_path / "key.pem").write_bytes(
        pem.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    )
    return tmp_path


def written(folder: Path, text: str) -> Path:
    file = folder / "participant.toml"
    file.write_text(text, "utf-8")
    return file


def test_a_whole_file_is_read(folder: Path) -> None:
    read = read_participant(written(folder, WHOLE))
    assert [person.expects for person in read.persons] == [Expectation.GREEN, Expectation.NOBODY]
    assert read.credential == "secret"
    assert not read.trust_list.issuers["a"].channel_only
    assert NUMBER not in repr(read)
    assert "secret" not in repr(read)


def test_a_key_in_pem_has_the_kid_that_the_file_says(folder: Path) -> None:
    key = '[[keys]]\nfile = "key.pem"\nkid = "of-the-region"\nretired = true\n'
    read = read_participant(written(folder, HEAD + KEY + key + GREEN + NOBODY))
    keys = read.trust_list.issuers["a"].keys
    assert keys["of-the-region"].revoked_at is not None
    assert len(keys) == 2


def test_a_system_without_keys_signs_nothing(folder: Path) -> None:
    read = read_participant(written(folder, HEAD + GREEN + NOBODY))
    assert read.trust_list.issuers["a"].channel_only


REFUSED = {
    "no TOML": "issuer = ",
    "an unknown member": WHOLE + "shoe = 1\n",
    "an unknown dialect": WHOLE.replace('"zhenjiang"', '"klingon"'),
    "a region of five digits": WHOLE.replace('"321100"', '"32110"'),
    "no region": WHOLE.replace('["321100"]', "[]"),
    "no green person": HEAD + KEY + NOBODY,
    "nobody who is nobody": HEAD + KEY + GREEN,
    "two of one label": WHOLE + GREEN,
    "a label that could be a name": WHOLE.replace('"green"', f'"{NAME}"'),
    "a wrong number": WHOLE.replace(NUMBER, NUMBER[:-1] + "1"),
    "an unknown kind": WHOLE.replace("RESIDENT_ID", "LIBRARY_CARD"),
    "an unknown expectation": WHOLE.replace('"GREEN"', '"BLUE"'),
    "a key that is not there": WHOLE.replace("key.jwk", "none.jwk"),
    "a private key": WHOLE.replace("key.jwk", "private.pem"),
    "a key twice": WHOLE + KEY,
    "a credential that is not there": WHOLE.replace('"credential"', '"none"'),
    "a filter key of another length": WHOLE + '[offers]\nfilter_key = "credential"\n',
    "the national code without a key of the hub": WHOLE.replace('"zhenjiang"', '"national"'),
    "a hub key that is none": 'hub_key = "key.jwk"\n' + WHOLE,
}


@pytest.mark.parametrize("text", REFUSED.values(), ids=REFUSED)
def test_a_file_that_is_not_right_is_refused(folder: Path, text: str) -> None:
    with pytest.raises(CannotRun) as refused:
        read_participant(written(folder, text))
    told = refused.value.format_message()
    assert refused.value.exit_code == 2
    assert not any(secret in told for secret in (NUMBER, NUMBER[:-1], NAME, "secret"))
