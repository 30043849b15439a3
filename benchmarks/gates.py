"""A ``tongxing gate`` without a hub, which knows what it needs to verify passes."""

import json
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from tongxing.gateway.gate.gate_memory import GateMemory, PolicyInPlace
from tongxing.gateway.gate.kept_decisions import KeptState
from tongxing.keys import HubSigner
from tongxing.keys.passes import PassClaims, sign_pass
from tongxing.keys.status_bits import packed
from tongxing.keys.status_list import STATUS_BITS, StatusList

HUB_ID, CLIENT, REGION, PURPOSE = "zhenjiang-hub", "gate-1", "321100", "TRANSPORT"
URI = "https://hub.example.cn/status-lists/1"
HOUR = 3_600
NO_HUB = "http://127.0.0.1:1"
MEMBERS = ("name", "position", "department", "verifierName", "verifierPhone")


def gate_command(directory: Path) -> list[str]:
    """The command of a gate whose state lies in ``directory``."""
    (directory / "key.pem").write_bytes(HubSigner.generate().to_pem())
    credentials = {"hub": NO_HUB, "audience": HUB_ID, "client_id": CLIENT, "key": "key.pem"}
    options: Mapping[str, Path | str] = {
        "--credentials": _written(directory / "credentials.json", credentials),
        "--checkpoint": _written(directory / "checkpoint.json", dict.fromkeys(MEMBERS, "x")),
        "--state": directory / "state",
        "--region": REGION,
        "--purpose": PURPOSE,
    }
    program = "from tongxing.gateway.cli.main import main; main()"
    given = [str(each) for option in options.items() for each in option]
    return [sys.executable, "-c", program, "gate", *given]


def _written(file: Path, content: Mapping[str, str]) -> Path:
    file.write_text(json.dumps(content), "utf-8")
    return file


def known_hub(directory: Path) -> tuple[GateMemory, str]:
    """What the gate of ``directory`` knows from now on, and a pass that is green by it."""
    signer, at = HubSigner.generate(), int(datetime.now(UTC).timestamp())
    state = StatusList(
        iss=HUB_ID,
        uri=URI,
        number=1,
        iat=at,
        exp=at + HOUR,
        ttl=15,
        covers=1,
        entries=1_000_000,
        previous="",
        key_ids=(signer.key_id,),
        octets=packed(1_000_000, {}, bits=STATUS_BITS),
    )
    memory = GateMemory(
        hub_id=HUB_ID,
        keys=json.dumps({"keys": [signer.public_jwk()]}),
        keys_read_at=at,
        lists={URI: state},
        newest=at,
        policy=PolicyInPlace(region=REGION, number=1, starts=at - HOUR, ends=at + HOUR, read_at=at),
    )
    KeptState(directory / "state", f"{CLIENT}\0{HUB_ID}").keep_memory(memory)
    return memory, sign_pass(signer, _claims(at))


def _claims(at: int) -> PassClaims:
    return PassClaims(
        iss=HUB_ID,
        iat=at,
        exp=at + HOUR,
        name="李*红",
        doc="RESIDENT_ID",
        tail="002X",
        region=REGION,
        purpose=PURPOSE,
        policy=1,
        color="GREEN",
        decision="ADMIT",
        audit=17,
        serial=1,
        idx=0,
        uri=URI,
    )
