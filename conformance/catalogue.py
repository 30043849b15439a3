"""Every check, in the order of a report, and the section of a format that their clauses name."""

from collections.abc import Mapping
from dataclasses import replace

from tongxing.adapters.dialects import DIALECTS
from tongxing.conformance import answers, groups, offers, statements
from tongxing.conformance.check import Check
from tongxing.conformance.observed import Observed

ISSUER_CHECKS: tuple[Check[Observed], ...] = (
    *answers.CHECKS,
    *statements.CHECKS,
    *groups.CHECKS,
    *offers.CHECKS,
)

_OWN_SECTIONS = {"zhenjiang": "1", "sukangma": "2", "national": "3"}
SECTIONS: Mapping[str, str] = {name: _OWN_SECTIONS.get(name, "4") for name in DIALECTS}
"""Of docs/wire-formats.md, by dialect; every docked system has that of the docking format."""


def checks_for(dialect: str) -> tuple[Check[Observed], ...]:
    """With clauses that name the dialect's section."""
    section = SECTIONS[dialect]
    return tuple(
        replace(check, clause=check.clause.replace("{section}", section))
        for check in ISSUER_CHECKS
    )
