"""Decides again what a receipt holds, by the program's own means and the files of that moment."""

from pathlib import Path
from threading import Lock

from tongxing.gateway.answering.rejudging import CannotRejudge, rejudge
from tongxing.gateway.policy.policy_file import read_policy
from tongxing.gateway.policy.published import policy_bytes
from tongxing.gateway.recognition.policy import Policy
from tongxing.keys.receipts import verify_receipt
from tongxing.keys.suites import PublicKey


class Replayer:
    """``policies`` is the directory that the hub follows. Each file is read once: its tests take
    half a second."""

    def __init__(self, policies: Path, key: PublicKey) -> None:
        self._policies = policies
        self._key = key
        self._read: dict[str, Policy] = {}
        self._lock = Lock()

    def differences(self, receipt: str, rule: str) -> list[str]:
        """Empty if the decision comes out as it was signed, and by ``rule``."""
        try:
            again = rejudge(verify_receipt(receipt, self._key), self._all())
        except CannotRejudge as error:
            return [f"a receipt cannot be decided again: {error}"]
        if again.judgement.rule != rule:
            return [f"decided again by {again.judgement.rule}, and explained by {rule}"]
        return [f"decided again, {d.claim} is {d.now}, not {d.was}" for d in again.differences]

    def _all(self) -> list[Policy]:
        with self._lock:
            for file in sorted(self._policies.glob("zhenjiang-*.toml")):
                if file.name not in self._read:
                    self._read[file.name] = read_policy(file.name, policy_bytes(file))
            return list(self._read.values())
