"""Notes, checkpoints and proofs as C2SP writes them: its own examples, and what must be refused."""

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st

from tongxing.keys import HubSigner
from tongxing.keys.log_proof import InvalidProof, LogProof, read_proof, verify_proof
from tongxing.keys.merkle import Frontier, Growth, leaf_hash
from tongxing.keys.signed_note import (
    InvalidNote,
    VerifierKey,
    from_base64,
    read_verifier_key,
    sign_note,
    to_base64,
    verify_note,
)
from tongxing.keys.signing import LogSigner
from tongxing.keys.tree_head import (
    TreeHead,
    sign_tree_head,
    unverified_tree_head,
    verify_tree_head,
)

EXAMPLE_KEY = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
EXAMPLE = (
    "This is an example message.\n\n— example.com/foo "
    "Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n"
)
"""The example of the specification (signed-note, "Example")."""

ORIGIN = "hub/audit"


def _signer(secret: int = 1) -> LogSigner:
    return HubSigner(ec.derive_private_key(secret, ec.SECP256R1())).log_signer(ORIGIN)


SIGNER = _signer()
KEY = SIGNER.verifier
OTHER = "— witness.example AAAAAAAAAAAAAAAA\n"


def test_the_example_of_the_specification_verifies() -> None:
    key = read_verifier_key(EXAMPLE_KEY)
    assert key.text() == EXAMPLE_KEY
    assert verify_note(EXAMPLE, key) == "This is an example message.\n"


def test_the_key_of_a_log_follows_from_the_hubs_own_and_never_changes() -> None:
    assert KEY.text() == "hub/audit+d3f31b3f+AXCB0Gwr/GFlOdmyO+TEW3F+tUgBBgRR2pGAOzNUlGO1"
    assert _signer(2).verifier != KEY


def test_a_note_is_read_again() -> None:
    note = sign_note("one\n\ntwo\n", SIGNER)
    assert verify_note(note, KEY) == "one\n\ntwo\n"
    assert verify_note(note + OTHER, KEY) == "one\n\ntwo\n"


_NOTE = sign_note("a text\n", SIGNER)
_SIGNED = _NOTE.removeprefix("a text\n\n")
_FORGED = f"— {KEY.name} {to_base64(KEY.key_id + bytes(64))}\n"

BAD_NOTES = {
    "another text": f"b text\n\n{_SIGNED}",
    "no signature": "a text\n\n",
    "no blank line": f"a text\n{_SIGNED}",
    "no line feed at the end": _NOTE[:-1],
    "by another key alone": f"a text\n\n{OTHER}",
    "a forged signature beside the true one": _NOTE + _FORGED,
    "a control character": f"a\ttext\n\n{_SIGNED}",
    "a carriage return": _NOTE.replace("\n", "\r\n"),
    "two spaces": f"a text\n\n{_SIGNED.replace(' ', '  ')}",
    "a hyphen for the dash": f"a text\n\n{_SIGNED.replace('—', '-')}",
    "base64 without padding": f"a text\n\n{_SIGNED.replace('=', '')}",
    "a signature of no bytes": "a text\n\n— hub/audit AAAA\n",
    "a lone surrogate": "\ud800\n\n" + _SIGNED,
    "endless": "a" * 200_000 + "\n\n" + _SIGNED,
    "empty": "",
}


@pytest.mark.parametrize("note", BAD_NOTES.values(), ids=BAD_NOTES)
def test_a_note_is_refused(note: str) -> None:
    with pytest.raises(InvalidNote):
        verify_note(note, KEY)


BAD_KEYS = {
    "another id": EXAMPLE_KEY.replace("530d903a", "530d903b"),
    "another name": EXAMPLE_KEY.replace("foo", "bar"),
    "no name": "+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
    "an id in capitals": EXAMPLE_KEY.replace("530d903a", "530D903A"),
    "another type": f"foo+00000000+{to_base64(bytes([4]) + KEY.public_key.encoded)}",
    "a short key": f"foo+00000000+{to_base64(bytes([1]) + bytes(31))}",
    "a key of small order": f"foo+00000000+{to_base64(bytes([1, 1]) + bytes(31))}",
    "no parts": "example.com/foo",
    "empty": "",
}


@pytest.mark.parametrize("text", BAD_KEYS.values(), ids=BAD_KEYS)
def test_a_verifier_key_is_refused(text: str) -> None:
    with pytest.raises(InvalidNote):
        read_verifier_key(text)


def test_a_tree_head_is_read_again() -> None:
    note = sign_tree_head(7, bytes(range(32)), SIGNER)
    head = TreeHead(ORIGIN, 7, bytes(range(32)))
    assert note.startswith(
        "hub/audit\n7\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n\n— hub/audit "
    )
    assert verify_tree_head(note, KEY) == head
    assert unverified_tree_head(note) == head


_ROOT = to_base64(bytes(32))
_OTHER_ALPHABET = to_base64(b"\xff" * 32).replace("/", "_")
BAD_HEADS = {
    "of another log": f"another\n1\n{_ROOT}\n",
    "two lines": "hub/audit\n1\n",
    "a size with a zero before it": f"hub/audit\n01\n{_ROOT}\n",
    "a negative size": f"hub/audit\n-1\n{_ROOT}\n",
    "a size that is none": f"hub/audit\none\n{_ROOT}\n",
    "a size in other digits": f"hub/audit\n\u0661\n{_ROOT}\n",
    "a size beyond every log": f"hub/audit\n{10**19}\n{_ROOT}\n",
    "a short root": f"hub/audit\n1\n{to_base64(bytes(31))}\n",
    "a root in the other alphabet": f"hub/audit\n1\n{_OTHER_ALPHABET}\n",
    "an empty line": f"hub/audit\n1\n{_ROOT}\n\nmore\n",
}


@pytest.mark.parametrize("text", BAD_HEADS.values(), ids=BAD_HEADS)
def test_a_tree_head_is_refused_whoever_signed_it(text: str) -> None:
    with pytest.raises(InvalidNote):
        verify_tree_head(sign_note(text, SIGNER), KEY)


def test_further_lines_of_a_tree_head_are_passed_over() -> None:
    note = sign_note(f"hub/audit\n1\n{_ROOT}\nmore\n", SIGNER)
    assert verify_tree_head(note, KEY) == TreeHead(ORIGIN, 1, bytes(32))


def _proof(index: int, size: int, extra: bytes = b"more") -> LogProof:
    growth = Growth(Frontier())
    for number in range(size):
        growth.append(leaf_hash(bytes([number])))
    note = sign_tree_head(size, growth.frontier().root, SIGNER)
    return LogProof(index, growth.path(index), note, extra)


@given(st.integers(1, 40).flatmap(lambda size: st.tuples(st.integers(0, size - 1), st.just(size))))
def test_a_proof_is_read_again_and_proves_its_leaf_alone(place: tuple[int, int]) -> None:
    index, size = place
    proof = read_proof(_proof(index, size).text())
    assert proof == _proof(index, size)
    assert verify_proof(proof, leaf_hash(bytes([index])), KEY).size == size
    for leaf, key in (
        (leaf_hash(bytes([index + 1])), KEY),
        (leaf_hash(bytes([index])), _signer(2).verifier),
        (leaf_hash(bytes([index])), VerifierKey("another", KEY.public_key)),
    ):
        with pytest.raises(InvalidProof):
            verify_proof(proof, leaf, key)


def test_a_proof_without_extra_has_no_such_line() -> None:
    text = _proof(0, 1, b"").text()
    assert text.startswith("c2sp.org/tlog-proof@v1\nindex 0\n\nhub/audit\n1\n")
    assert read_proof(text).extra == b""


_PROOF = _proof(2, 5).text()
BAD_PROOFS = {
    "another version": _PROOF.replace("@v1", "@v2"),
    "no index": _PROOF.replace("index 2\n", ""),
    "an index with a zero before it": _PROOF.replace("index 2", "index 02"),
    "a negative index": _PROOF.replace("index 2", "index -2"),
    "extra behind the index": _PROOF.replace(
        "extra bW9yZQ==\nindex 2\n", "index 2\nextra bW9yZQ==\n"
    ),
    "extra that is no base64": _PROOF.replace("bW9yZQ==", "mor"),
    "no checkpoint": _PROOF.partition("\n\n")[0],
    "nothing but the first line": "c2sp.org/tlog-proof@v1\n\n",
    "endless": _PROOF + "a" * 600_000,
    "empty": "",
}


@pytest.mark.parametrize("text", BAD_PROOFS.values(), ids=BAD_PROOFS)
def test_a_proof_is_refused(text: str) -> None:
    with pytest.raises(InvalidProof):
        verify_proof(read_proof(text), leaf_hash(bytes([2])), KEY)


@given(st.text(max_size=80))
def test_no_text_breaks_the_parsers(text: str) -> None:
    for read in (read_verifier_key, unverified_tree_head):
        with pytest.raises(InvalidNote):
            read(text)
    with pytest.raises(InvalidProof):
        read_proof(text)


@given(st.binary(max_size=40))
def test_base64_has_one_spelling(octets: bytes) -> None:
    assert from_base64(to_base64(octets)) == octets
    with pytest.raises(InvalidNote):
        from_base64(to_base64(octets) + "\n")
