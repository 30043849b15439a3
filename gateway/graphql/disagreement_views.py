"""Disagreements as clients see them: their sides, what decided, and who was right later."""

from strawberry import ID

from tongxing.gateway.graphql.context import Context
from tongxing.gateway.rollups.figure_sums import DisagreedFigure, median_age
from tongxing.gateway.rollups.two_colors import PAIRS_OF_ENTRY, Disagreement, Proof, Side
from tongxing.schema import AuditIndex, Basis, Color, Decision, RegionCode
from tongxing.schema.disagreement import (
    DecidingRule,
    DisagreementFigure,
    IssuerDisagreement,
    StatedSide,
)

RULES_SHOWN = 20


def disagreement_figure(of: DisagreedFigure) -> DisagreementFigure:
    rules = sorted(of.rules.items(), key=lambda each: (-each[1], each[0]))
    return DisagreementFigure(
        begins=of.begins,
        receiving_region=RegionCode(of.region),
        first=of.first,
        first_color=Color(of.first_color),
        second=of.second,
        second_color=Color(of.second_color),
        case_count=of.count,
        first_right_count=of.right.get(of.first, 0),
        second_right_count=of.right.get(of.second, 0),
        median_proof_seconds=median_age(of.proofs),
        rules=[
            DecidingRule(
                rule_id=ID(rule) if rule else None, decision=Decision(decision), count=count
            )
            for (rule, decision), count in rules[:RULES_SHOWN]
        ],
    )


def disagreement_view(
    context: Context, of: Disagreement, proof: Proof | None
) -> IssuerDisagreement:
    sides, views = of.sides, context.services.policy_views
    return IssuerDisagreement(
        audit_index=AuditIndex(of.number // PAIRS_OF_ENTRY),
        at=of.at,
        receiving_region=of.region,
        first=_side(sides.first),
        second=_side(sides.second),
        color=Color(sides.color),
        decision=Decision(sides.decision),
        rule_id=None if sides.rule is None else ID(sides.rule),
        policy=views.ref(RegionCode(sides.policy_region), sides.policy_version),
        decided_by=sides.decided_by,
        right_later=None if proof is None else proof.right,
        later_proof=None if proof is None else proof.how,
        known_at=None if proof is None else proof.at,
    )


def _side(of: Side) -> StatedSide:
    return StatedSide(
        issuer=of.issuer,
        color=Color(of.color),
        basis=[Basis(word) for word in of.basis],
        issuing_place=RegionCode(of.place),
        age_seconds=of.age,
    )
