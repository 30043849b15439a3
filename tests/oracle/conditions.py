"""What a rule asks of a finding, key by key, from the table of docs/policies.md §3.

Color and cause are not here: a place sorts its rules by them (``places``).
"""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.oracle.account import Finding
    from tests.oracle.places import Rule


Ask = Callable[[Any, "Finding"], bool]


def fits(rule: "Rule", finding: "Finding") -> bool:
    """Whether all lines of ``when`` hold together; the color and cause were asked before."""
    return all(ask(operand, finding) for ask, operand in rule.asks)


def _basis(wanted: frozenset[str], finding: "Finding") -> bool:
    code = finding.stated
    return code is not None and any(basis in wanted for basis in code.basis)


def _basis_only(wanted: frozenset[str], finding: "Finding") -> bool:
    code = finding.stated
    return code is not None and code.basis != () and all(b in wanted for b in code.basis)


def _age(finding: "Finding") -> float | None:
    return None if finding.stated is None else finding.at - finding.stated.as_of


def _since_change(finding: "Finding") -> float | None:
    code = finding.stated
    return None if code is None or code.changed is None else finding.at - code.changed


def _within(of: Callable[["Finding"], float | None]) -> Callable[[float, "Finding"], bool]:
    return lambda limit, finding: (span := of(finding)) is not None and span <= limit


def _over(of: Callable[["Finding"], float | None]) -> Callable[[float, "Finding"], bool]:
    return lambda limit, finding: (span := of(finding)) is not None and span > limit


def _changes_over(asked: tuple[int, float], finding: "Finding") -> bool:
    times, within = asked
    return sum(finding.at - at <= within for _, _, at in finding.changes()) > times


def lies_in(place: str, regions: frozenset[str]) -> bool:
    """GB/T 2260: a region is all places that begin like it up to its trailing pairs of zeros."""
    return any(place.startswith(_stem(region)) for region in regions)


def _stem(region: str) -> str:
    return _stem(region[:-2]) if region.endswith("00") else region


def _place(regions: frozenset[str], finding: "Finding") -> bool:
    return finding.stated is not None and lies_in(finding.stated.place, regions)


def _place_outside(regions: frozenset[str], finding: "Finding") -> bool:
    return finding.stated is not None and not lies_in(finding.stated.place, regions)


def _evidence(wanted: frozenset[str], finding: "Finding") -> bool:
    return finding.stated is not None and ("SIGNED" if finding.signed else "CHANNEL") in wanted


ASKS: Mapping[str, Ask] = {
    "issuer": lambda wanted, f: f.issuer in wanted,
    "mandatory": lambda wanted, f: f.mandatory == wanted,
    "basis": _basis,
    "basis_only": _basis_only,
    "age_within": _within(_age),
    "age_over": _over(_age),
    "previous_color": lambda wanted, f: f.stated is not None and f.stated.before in wanted,
    "changed_within": _within(_since_change),
    "changed_over": _over(_since_change),
    "changes_over": _changes_over,
    "place": _place,
    "place_outside": _place_outside,
    "newer_green_from": lambda wanted, f: not wanted.isdisjoint(f.rivals),
    "document": lambda wanted, f: f.asked.document in wanted,
    "purpose": lambda wanted, f: f.asked.purpose in wanted,
    "evidence": _evidence,
    "via": lambda wanted, f: f.stated is not None and ("LIST" if f.listed else "LIVE") in wanted,
}
