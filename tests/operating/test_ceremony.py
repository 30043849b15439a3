"""The page of the ceremony, followed command by command; what comes out of it is believed by the
hub's own verifier, and what one person alone has signed is not."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.cli.software_token import needs_token, token_settings
from tests.operating.followed import Machines, follow, machines
from tongxing.gateway.operation.root_files import whole_chain
from tongxing.keys.root_signatures import SignedForm, parse_form
from tongxing.keys.signing import Es256Signer
from tongxing.keys.trust_list import TrustList, parse_trust_list
from tongxing.keys.trust_refusal import TrustListRefused

pytestmark = [pytest.mark.processes, needs_token]

SETTINGS = """
[hub]
id = "tongxing-zhenjiang"
region = "321100"

[[issuers]]
id = "zhenjiang"
dialect = "zhenjiang"
url = "https://issuer.example"
credential = "credential"
"""


def before_the_page(them: Machines) -> None:
    """A hub's settings, and what the issuers have sent."""
    hub = them.at("hub")
    (hub / "settings.toml").write_text(SETTINGS)
    issuers = hub / "usb" / "issuers"
    issuers.mkdir()
    for name in ("zhenjiang", "zhenjiang-next"):
        jwk = Es256Signer.generate().public_jwk()
        (issuers / f"{name}.json").write_text(json.dumps(jwk))


def held(hub: Path, content: bytes) -> TrustList:
    keys = whole_chain(hub / "trust" / "root-keys.json").newest.keys
    return parse_trust_list(content, keys, datetime.now(UTC))


def with_only(form: SignedForm, *places: int) -> bytes:
    return SignedForm(
        form.encoded, form.payload, tuple(form.signatures[place] for place in places)
    ).to_bytes()


def test_the_page_is_followed(tmp_path: Path) -> None:
    with machines(tmp_path, token_settings(tmp_path)) as them:
        before_the_page(them)
        said = follow("ceremony.md", them)
        hub = them.at("hub")
        in_force = (hub / "trust" / "trust-list.json").read_bytes()
    trust_list = held(hub, in_force)
    assert trust_list.version == 5
    first, second = trust_list.issuers["zhenjiang"].keys.values()
    assert (first.revoked_at is not None, second.revoked_at) == (True, None)
    form = parse_form(in_force)
    assert held(hub, with_only(form, 1, 0)) == trust_list
    for place in (0, 1):
        with pytest.raises(TrustListRefused, match="SHORT_OF_SIGNATURES"):
            held(hub, with_only(form, place))
    assert _modes(them, "alice") == 0o600
    assert [str(block) for block, text in said if "Traceback" in text] == []


def _modes(them: Machines, person: str) -> int:
    return (them.at(person) / f"{person}.pem").stat().st_mode & 0o777
