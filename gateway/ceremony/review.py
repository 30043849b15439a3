"""What a signer is shown before signing: what changes, what to be warned of, or why it is refused.

Responsible for what no signature should ever be under: a list that is not the next one, has ended
or comes from the future; root keys that may not follow. Refuses to read a clock.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from tongxing.gateway.ceremony.changes import list_changes, root_changes
from tongxing.gateway.ceremony.concerns import Concern, list_concerns, root_concerns
from tongxing.gateway.ceremony.proposals import Proposal
from tongxing.keys.root_succession import RootVersion
from tongxing.keys.trust_list import TrustList
from tongxing.keys.trust_refusal import TrustListRefused, TrustRefusal
from tongxing.schema.values import Text


@dataclass(frozen=True, slots=True)
class Review:
    changes: Sequence[Text]
    concerns: Sequence[Concern]


def review(
    proposal: Proposal, held: RootVersion, in_force: TrustList | None, at: datetime
) -> Review:
    """``held`` and ``in_force``: the newest root keys and the newest list from before. Raises
    TrustListRefused."""
    if proposal.is_of_roots:
        roots = proposal.roots(held)
        return Review(
            list(root_changes(held.keys, roots.keys)), list(root_concerns(held.keys, roots.keys))
        )
    proposed = proposal.trust_list()
    if proposed.version != (0 if in_force is None else in_force.version) + 1:
        raise TrustListRefused(TrustRefusal.NOT_THE_NEXT)
    proposed.check_in_force(at)
    return Review(
        list(list_changes(in_force, proposed)), list(list_concerns(in_force, proposed, at))
    )
