"""``tongxing trust root``: what no signature comes under, and what a signer is warned of."""

import json
from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tests.cli.ceremony import NOW, Ceremony, a_key, payload_of, with_payload
from tests.conftest import Tongxing
from tests.keys.federation import instant
from tongxing.keys.root_keys import THRESHOLD_MAX, RootKeys, encode_root_keys
from tongxing.keys.root_signatures import (
    SIGNATURES_MAX,
    TRUST_LIST_TYP,
    parse_form,
    signed_also,
)
from tongxing.keys.signing import Es256Signer, root_signer_from_pem
from tongxing.keys.suites import check_signature


@pytest.fixture
def them(tongxing: Tongxing, tmp_path: Path) -> Ceremony:
    return Ceremony(tongxing, tmp_path)


def test_a_list_is_proposed_signed_by_two_and_finished(them: Ceremony) -> None:
    proposed = them.propose(them.draft())
    assert "+ issuer added: zhenjiang" in proposed.out
    assert "+ 新增机构 zhenjiang" in proposed.out
    assert them.tongxing("trust", "root", "verify", "proposal.json").complaint
    assert them.sign("alice").status == 0
    verified = them.tongxing("trust", "root", "verify", "proposal.json")
    assert ("missing: bob, carol" in verified.out, verified.status) == (True, 1)
    signed = them.sign("carol")
    assert "✔ 根公钥第1版：已签2，须签2，共3" in signed.out
    assert them.tongxing("trust", "root", "verify", "proposal.json").status == 0


def test_a_key_is_made_once_with_its_public_half(them: Ceremony) -> None:
    command = ("trust", "root", "key", "new.json", "--make", "new.pem", "--name", "new")
    made = them.tongxing(*command)
    jwk = json.loads((them.directory / "new.json").read_text())
    assert (jwk["kid"], made.status) == ("new", 0)
    private = them.directory / "new.pem"
    assert private.stat().st_mode & 0o777 == 0o600
    before = private.read_bytes()
    assert "已存在" in them.tongxing(*command).complaint
    (them.directory / "new.json").unlink()
    assert "已存在" in them.tongxing(*command).complaint
    assert private.read_bytes() == before


def test_the_public_half_of_a_key_that_is_there_is_written(them: Ceremony) -> None:
    ran = them.tongxing("trust", "root", "key", "again.json", "--key", "alice.pem")
    assert them.signers["alice"].key_id in ran.out
    assert json.loads((them.directory / "again.json").read_text())["kid"] in ran.out


def test_a_key_that_others_can_read_is_not_used(them: Ceremony) -> None:
    them.propose(them.draft())
    (them.directory / "alice.pem").chmod(0o640)
    assert "chmod 600" in them.sign("alice").complaint


def test_two_of_three_is_what_root_keys_ask_for_unless_said_otherwise(them: Ceremony) -> None:
    public = [them.directory / f"{name}.json" for name in ("alice", "bob", "carol")]
    made = them.tongxing("trust", "root", "init", *public, "--out", "made.json")
    assert "2 of 3" in made.out
    form = json.loads((them.directory / "made.json").read_text())
    assert (form["threshold"], len(form["keys"])) == (2, 3)
    again = them.tongxing("trust", "root", "init", *public, "--out", "made.json")
    assert "已存在" in again.complaint
    one = them.tongxing("trust", "root", "init", public[0], "--threshold", "1", "--out", "one.json")
    assert all(name in one.out for name in ("ONE_IS_ENOUGH", "ALL_ARE_NEEDED"))


def test_more_than_fit_into_a_list_need_not_sign_and_cannot(them: Ceremony) -> None:
    signers = [Es256Signer.generate() for _ in range(SIGNATURES_MAX + 1)]
    everybody = {f"k{n}": signer.public_key for n, signer in enumerate(signers)}
    (them.directory / "root-keys.json").write_bytes(encode_root_keys(RootKeys(2, everybody)))
    them.propose(them.draft())
    file = them.directory / "proposal.json"
    form = parse_form(file.read_bytes())
    for (key_id, _), signer in zip(everybody.items(), signers[:-1], strict=False):
        form = signed_also(form, TRUST_LIST_TYP, key_id, signer)
    file.write_bytes(form.to_bytes())
    (them.directory / "alice.pem").write_bytes(signers[-1].to_pem())
    assert f"as many as {SIGNATURES_MAX} have signed" in them.sign("alice").complaint
    assert them.tongxing("trust", "root", "verify", "proposal.json").status == 0


def test_a_threshold_that_could_never_be_met_is_refused(them: Ceremony) -> None:
    for n in range(THRESHOLD_MAX + 2):
        jwk = {"kid": f"k{n}", **Es256Signer.generate().public_key.to_jwk()}
        (them.directory / f"k{n}.json").write_text(json.dumps(jwk))
    public = sorted(them.directory.glob("k*.json"))
    for threshold, status in ((THRESHOLD_MAX, 0), (THRESHOLD_MAX + 1, 1)):
        out = ("--threshold", f"{threshold}", "--out", f"{threshold}.roots")
        assert them.tongxing("trust", "root", "init", *public, *out).status == status


def test_a_file_without_an_end_is_not_read_to_it(them: Ceremony) -> None:
    with (them.directory / "bob.json").open("r+b") as file:
        file.truncate(1 << 40)  # a hole: it takes no room
    assert "bob.json" in them.propose(them.root_draft("bob", "carol")).complaint
    draft = them.draft({**a_key("zj-1", them.issuer), "jwk": None, "file": "bob.json"})
    assert "bob.json" in them.propose(draft).complaint


@pytest.mark.parametrize("threshold", ["0", "4"])
def test_a_threshold_that_means_nothing_is_refused(them: Ceremony, threshold: str) -> None:
    public = [them.directory / f"{name}.json" for name in ("alice", "bob", "carol")]
    ran = them.tongxing("trust", "root", "init", *public, "--threshold", threshold, "--out", "f")
    assert (ran.status != 0, (them.directory / "f").exists()) == (True, False)


def test_one_key_under_two_names_counts_for_nobody(them: Ceremony) -> None:
    jwk = {"kid": "robert", **them.signers["bob"].public_key.to_jwk()}
    (them.directory / "robert.json").write_text(json.dumps(jwk))
    files = [them.directory / f"{name}.json" for name in ("bob", "robert", "carol")]
    assert "twice" in them.tongxing("trust", "root", "init", *files, "--out", "f").complaint
    draft = {"threshold": 2, "keys": ["bob.json", "robert.json"]}
    assert "twice" in them.propose(draft).complaint


Change = Callable[[Ceremony, bytes], bytes]


def _changed(them: Ceremony, proposal: bytes) -> bytes:
    payload = payload_of(proposal)
    payload["issuers"][0]["regions"] = ["330100"]
    return with_payload(proposal, payload)


def _copied(them: Ceremony, proposal: bytes) -> bytes:
    other = json.loads(them.signed(them.draft(lasts_days=91), "alice"))
    return json.dumps(json.loads(proposal) | {"signatures": other["signatures"]}).encode()


def _respelled(them: Ceremony, proposal: bytes) -> bytes:
    """The same content in another spelling of JSON."""
    return with_payload(proposal, payload_of(proposal))


def _with_header(them: Ceremony, proposal: bytes) -> bytes:
    form = json.loads(proposal)
    form["signatures"][0]["header"] = {"kid": "bob"}
    return json.dumps(form).encode()


SPOILT: dict[str, tuple[Change, str]] = {
    "its content": (_changed, "BAD_SIGNATURE"),
    "its spelling": (_respelled, "BAD_SIGNATURE"),
    "its signature, for one from another proposal": (_copied, "BAD_SIGNATURE"),
    "a member beside": (_with_header, "MALFORMED"),
    "its size": (lambda _, content: content + b" " * 4_200_000, "TOO_LARGE"),
    "all of it": (lambda _, __: b"[]", "MALFORMED"),
}


@pytest.mark.parametrize("what", SPOILT)
def test_a_proposal_that_was_changed_between_signers_is_not_signed(
    them: Ceremony, what: str
) -> None:
    change, code = SPOILT[what]
    proposal = them.signed(them.draft(), "alice")
    spoilt = change(them, proposal)
    (them.directory / "proposal.json").write_bytes(spoilt)
    assert code in them.sign("bob").complaint
    assert (them.directory / "proposal.json").read_bytes() == spoilt


def test_nobody_signs_twice_and_no_stranger_signs(them: Ceremony) -> None:
    them.signed(them.draft(), "alice")
    assert "已经签过" in them.sign("alice").complaint
    assert "不是根密钥" in them.sign("dave").complaint


def test_without_a_yes_nothing_is_signed(them: Ceremony) -> None:
    them.propose(them.draft())
    before = (them.directory / "proposal.json").read_bytes()
    command = ("trust", "root", "sign", "proposal.json", "--key", "alice.pem")
    assert them.tongxing(*command, stdin="n\n").status != 0
    assert (them.directory / "proposal.json").read_bytes() == before
    assert them.tongxing(*command, stdin="y\n").status == 0


REVOKED = instant(NOW - timedelta(days=1))
REFUSED_LISTS: dict[str, tuple[dict[str, Any], str]] = {
    "one that is left out": ({"version": 3}, "NOT_THE_NEXT"),
    "the same version": ({"version": 1}, "NOT_THE_NEXT"),
    "one that has ended": (
        {"issued_at": REVOKED, "expires_at": instant(NOW - timedelta(minutes=1))},
        "EXPIRED",
    ),
    "one from the future": ({"issued_at": instant(NOW + timedelta(hours=1))}, "NOT_YET_VALID"),
}


@pytest.mark.parametrize("what", REFUSED_LISTS)
def test_a_list_that_is_not_the_next_is_not_signed(them: Ceremony, what: str) -> None:
    members, code = REFUSED_LISTS[what]
    them.in_force(them.signed(them.draft(), "alice", "bob"))
    them.propose(them.draft())
    proposal = (them.directory / "proposal.json").read_bytes()
    changed = with_payload(proposal, payload_of(proposal) | members)
    (them.directory / "proposal.json").write_bytes(changed)
    assert code in them.sign("carol").complaint


def test_the_list_in_force_is_one_that_the_root_keys_have_signed(them: Ceremony) -> None:
    them.in_force(them.signed(them.draft(), "alice"))
    assert "不是根密钥签发的列表" in them.propose(them.draft()).complaint


Drafted = Callable[[Ceremony], Mapping[str, Any]]


def _without(them: Ceremony) -> Mapping[str, Any]:
    return {"lasts_days": 90, "issuers": []}


def _other_key(them: Ceremony) -> Mapping[str, Any]:
    return them.draft(a_key("zj-1", Es256Signer.generate()), a_key("zj-2", Es256Signer.generate()))


def _unrevoked(them: Ceremony) -> Mapping[str, Any]:
    return them.draft(a_key("zj-1", them.issuer), a_key("zj-2", them.other))


def _renamed(them: Ceremony) -> Mapping[str, Any]:
    """The stolen key, under an id that nobody has heard of."""
    return them.draft(a_key("zj-1", them.issuer), a_key("zj-3", them.other))


def _silent(them: Ceremony) -> Mapping[str, Any]:
    issuer = {**them.draft()["issuers"][0], "keys": [], "channel_only": True}
    return them.draft(issuers=[issuer])


def _wider(them: Ceremony) -> Mapping[str, Any]:
    (issuer,) = them.draft()["issuers"]
    return them.draft(issuers=[{**issuer, "regions": ["321100", "320000"]}])


WARNED: dict[str, tuple[str, Drafted]] = {
    "it ends sooner": ("ENDS_SOONER", lambda them: them.draft(lasts_days=80)),
    "it ends within a week": ("ENDS_SOON", lambda them: them.draft(lasts_days=6)),
    "it lasts for years": ("LASTS_LONG", lambda them: them.draft(lasts_days=500)),
    "an issuer is gone": ("ISSUER_GONE", _without),
    "all its keys are revoked": (
        "NO_KEY_IN_FORCE",
        lambda them: them.draft(a_key("zj-1", them.issuer, revoked_at=REVOKED)),
    ),
    "another key under the same id": ("KEY_REPLACED", _other_key),
    "a revoked key is believed again": ("NOT_REVOKED_ANY_MORE", _unrevoked),
    "it is believed again under another id": ("NOT_REVOKED_ANY_MORE", _renamed),
    "an issuer signs nothing": ("SIGNS_NOTHING", _silent),
    "an issuer speaks for more": ("MORE_REGIONS", _wider),
}


@pytest.mark.parametrize("what", WARNED)
def test_a_signer_is_warned_and_has_to_say_that_it_is_meant_so(them: Ceremony, what: str) -> None:
    name, drafted = WARNED[what]
    revoked = a_key("zj-2", them.other, revoked_at=REVOKED)
    them.in_force(them.signed(them.draft(a_key("zj-1", them.issuer), revoked), "alice", "bob"))
    them.propose(drafted(them))
    refused = them.sign("alice")
    assert f"--accept {name}" in refused.complaint
    assert f"⚠ {name}" in refused.out
    asked = [each for each in refused.complaint.split() if each.isupper() and "_" in each]
    accepted = [part for each in asked for part in ("--accept", each)]
    assert them.sign("alice", *accepted).status == 0


def test_what_changes_is_shown_in_both_languages(them: Ceremony) -> None:
    them.in_force(them.signed(them.draft(), "alice", "bob"))
    until = instant(NOW + timedelta(days=60))
    key = a_key("zj-1", them.issuer, not_after=until, revoked_at=REVOKED)
    shown = them.propose(them.draft(key, a_key("zj-2", Es256Signer.generate())))
    for text in ("version: 1 → 2", "zj-1 window:", "zj-1 revoked from", "key added: zj-2"):
        assert text in shown.out
    for text in ("版本：1 → 2", "zj-1 有效期：", "起吊销", "新增公钥 zj-2"):
        assert text in shown.out


def test_a_name_cannot_turn_round_what_is_shown(them: Ceremony) -> None:
    (issuer,) = them.draft()["issuers"]
    name = {"zh": "镇江\u202e健康码", "en": "Zhenjiang"}
    shown = them.propose(them.draft(issuers=[{**issuer, "name": name}]))
    assert ("\\u202e" in shown.out, "\u202e" in shown.out) == (True, False)


def test_a_key_may_have_no_end(them: Ceremony) -> None:
    """The last second of the year 9999, as RFC 5280 has it; in Beijing that is the year 10000."""
    drafted = them.draft(a_key("zj-1", them.issuer, not_after="9999-12-31T23:59:59Z"))
    assert "9999-12-31 23:59:59 Beijing time" in them.propose(drafted).out
    them.sign("alice")
    assert them.tongxing("trust", "root", "show", "proposal.json").status == 0


def test_a_list_comes_back_as_a_draft(them: Ceremony) -> None:
    content = them.signed(them.draft(), "alice", "bob")
    them.in_force(content)
    shown = them.tongxing("trust", "root", "show", "trust-list.json", "--draft")
    again = them.propose(json.loads(shown.out))
    assert again.status == 0
    made = payload_of((them.directory / "proposal.json").read_bytes())
    assert made["issuers"] == payload_of(content)["issuers"]
    assert made["version"] == 2


def _draft_with(**other: Any) -> Drafted:
    return lambda them: them.draft(a_key("zj-1", them.issuer) | other)


BAD_DRAFTS: dict[str, tuple[Drafted, str]] = {
    "an unknown word": (lambda them: them.draft(expires="soon"), "unknown field `expires`"),
    "two ends": (lambda them: them.draft(expires_at=REVOKED), "either expires_at or lasts_days"),
    "no zone": (_draft_with(not_before="2026-01-01T00:00:00"), "not_before"),
    "no key": (_draft_with(jwk=None), "either file or jwk"),
    "a private key": (
        _draft_with(jwk={"kty": "OKP", "crv": "Ed25519", "x": "AA", "d": "AA"}),
        "other members than a public key",
    ),
    "another suite": (_draft_with(suite="EdDSA"), "not of EdDSA"),
    "a window that ends before it begins": (
        _draft_with(not_after=REVOKED, not_before=instant(NOW)),
        "not_after is not after not_before",
    ),
    "an end that is over": (
        lambda them: {**them.draft(expires_at=REVOKED), "lasts_days": None},
        "expires_at is over",
    ),
    "a window from before there were any": (
        _draft_with(not_before="0001-01-01T00:00:00+14:00"),
        "between 1970 and 9999",
    ),
    "a window beyond the calendar": (
        _draft_with(not_after="9999-12-31T23:59:59-14:00"),
        "between 1970 and 9999",
    ),
}


@pytest.mark.parametrize("what", BAD_DRAFTS)
def test_a_draft_that_means_nothing_makes_no_proposal(them: Ceremony, what: str) -> None:
    drafted, why = BAD_DRAFTS[what]
    assert why in them.propose(drafted(them)).complaint
    assert not (them.directory / "proposal.json").exists()


def test_root_keys_are_signed_by_old_and_new(them: Ceremony) -> None:
    them.signed(them.root_draft("carol", "dave", "erin"), "alice", "carol")
    verified = them.tongxing("trust", "root", "verify", "proposal.json")
    assert "version 2: 1 of 3 have signed, 2 must" in verified.out
    assert "SHORT_OF_SIGNATURES" in verified.complaint
    assert them.sign("dave").status == 0
    assert them.tongxing("trust", "root", "verify", "proposal.json").status == 0


def test_fewer_who_must_sign_has_to_be_meant_so(them: Ceremony) -> None:
    them.propose(them.root_draft("alice", "bob", threshold=1))
    refused = them.sign("alice").complaint
    assert "--accept FEWER_MUST_SIGN" in refused
    assert "--accept ONE_IS_ENOUGH" in refused


def test_root_keys_that_follow_others_are_not_signed(them: Ceremony) -> None:
    them.propose(them.root_draft("alice", "bob", "dave"))
    proposal = (them.directory / "proposal.json").read_bytes()
    for members, code in (
        ({"follows": "0" * 64}, "ANOTHER_CHAIN"),
        ({"version": 3}, "NOT_THE_NEXT"),
    ):
        changed = with_payload(proposal, payload_of(proposal) | members)
        (them.directory / "proposal.json").write_bytes(changed)
        assert code in them.sign("alice").complaint


def test_a_list_for_root_keys_that_are_to_follow_names_them(them: Ceremony) -> None:
    them.signed(them.root_draft("carol", "dave", "erin"))
    (them.directory / "proposal.json").rename(them.directory / "roots.json")
    them.propose(them.draft())
    assert "不是根密钥" in them.sign("dave").complaint
    for name in ("dave", "carol", "alice"):
        assert them.sign(name, "--next", "roots.json").status == 0
    assert "dave" in them.sign("bob").complaint  # without --next she is a stranger
    both = ("trust", "root", "verify", "proposal.json", "--next", "roots.json")
    assert them.tongxing(*both).status == 0


def test_an_ed25519_root_key_signs(them: Ceremony) -> None:
    key = Ed25519PrivateKey.generate()
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    signer = root_signer_from_pem(pem)
    check_signature(signer.public_key, b"message", signer.sign(b"message"))
    file = them.directory / "frank.pem"
    file.write_bytes(pem)
    file.chmod(0o600)
    ran = them.tongxing("trust", "root", "key", "frank.json", "--key", "frank.pem")
    assert "EdDSA" in ran.out
    draft = {"threshold": 2, "keys": ["alice.json", "bob.json", "frank.json"]}
    them.signed(draft, "alice", "frank")
