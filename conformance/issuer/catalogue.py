"""Every check, in the order of a report, and the section of a format that their clauses name."""

from collections.abc import Mapping
from dataclasses import replace

from tongxing.adapters.dialects import DIALECTS
from tongxing.conformance.check import Check
from tongxing.conformance.issuer import answer_checks, group_checks, offer_checks, statement_checks
from tongxing.conformance.issuer.observed import Observed

ISSUER_CHECKS: tuple[Check[Observed], ...] = (
    *answer_checks.CHECKS,
    *statement_checks.CHECKS,
    *group_checks.CHECKS,
    *offer_checks.CHECKS,
)

_OWN_SECTIONS = {"zhenjiang": "1", "sukangma": "2", "national": "3"}
SECTIONS: Mapping[str, str] = {name: _OWN_SECTIONS.get(name, "4") for name in DIALECTS}
"""Of docs/wire-formats.md, by dialect; every docked system has that of the docking format."""


def checks_for(dialect: str) -> tuple[Check[Observed], ...]:
    """With clauses that name the dialect's section."""
    section = SECTIONS[dialect]
    return tuple(
        replace(check, clause=check.clause.replace("{section}", section)) for check in ISSUER_CHECKS
    )
