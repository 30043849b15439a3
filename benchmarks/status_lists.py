"""``python -m benchmarks.status_lists``: the bytes of a status list of one million passes.

One of a hundred is not green: yellow, red and withdrawn by turns, at places that are drawn. What is
counted are the compressed entries, in KB of 1,024 bytes, as the draft's own table has them for one
bit; and beside it what a gate fetches, which is base64url of base64url of them.
"""

import json
from collections.abc import Mapping
from itertools import cycle
from random import Random
from time import perf_counter

from tongxing.keys import HubSigner
from tongxing.keys.passes import PassStatus
from tongxing.keys.status_bits import compressed, packed
from tongxing.keys.status_delta import next_state, sign_delta
from tongxing.keys.status_list import STATUS_BITS, StatusList, sign_snapshot

PASSES = 1_000_000
NOT_GREEN = PASSES // 100
KB = 1_024
CHANGED = 100
AT = 1_583_481_600


def main() -> None:
    places = Random(7).sample(range(PASSES), NOT_GREEN)
    statuses = cycle((PassStatus.YELLOW, PassStatus.RED, PassStatus.WITHDRAWN))
    values = {place: int(status) for place, status in zip(places, statuses, strict=False)}
    octets = packed(PASSES, values, bits=STATUS_BITS)
    one_bit = compressed(packed(PASSES, dict.fromkeys(places, 1), bits=1))
    signer = HubSigner.generate()
    state = _state(octets, (signer.key_id,))
    began = perf_counter()
    snapshot = sign_snapshot(signer, state)
    took = perf_counter() - began
    changes = dict.fromkeys(range(0, PASSES, PASSES // CHANGED), int(PassStatus.RED))
    value = len(compressed(octets)) / STATUS_BITS / KB
    parts = {
        "passes": PASSES,
        "not_green": NOT_GREEN,
        "two_bits_kb": value * STATUS_BITS,
        "one_bit_list_kb": len(one_bit) / KB,
        "snapshot_kb": len(snapshot) / KB,
        "snapshot_ms": took * 1e3,
        "delta_of_100_kb": len(_delta(signer, state, changes)) / KB,
    }
    print(f"{PASSES:,} passes, {NOT_GREEN:,} not green: {value:.2f} KB per bit")
    print(json.dumps({"value": value, "parts": parts}))


def _state(octets: bytes, key_ids: tuple[str, ...]) -> StatusList:
    return StatusList(
        iss="zhenjiang-hub",
        uri="https://hub.example.cn/status-lists/1",
        number=1,
        iat=AT,
        exp=AT + 3_600,
        ttl=15,
        covers=PASSES,
        entries=PASSES,
        previous="",
        key_ids=key_ids,
        octets=octets,
    )


def _delta(signer: HubSigner, state: StatusList, changes: Mapping[int, int]) -> str:
    later = next_state(
        state,
        changes,
        iat=state.iat + state.ttl,
        exp=state.exp + state.ttl,
        ttl=state.ttl,
        covers=state.covers,
        key_ids=state.key_ids,
    )
    return sign_delta(signer, later, changes) or ""


if __name__ == "__main__":
    main()
