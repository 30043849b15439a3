"""What the hub itself knows of travelers: their history, and the daily lists of issuers.

Responsible for looking both up for many travelers at once, and for showing no history of a holder
whom no issuer has just confirmed. Refuses to judge.
"""

from collections.abc import Sequence

from tongxing.gateway.answering.asked import Moment
from tongxing.gateway.answering.circles import Circles
from tongxing.gateway.answering.daily_lists import DailyLists
from tongxing.gateway.answering.history import NOTHING_KEPT, Kept
from tongxing.gateway.answering.history_store import RememberedHistories
from tongxing.gateway.answering.steps import Answered
from tongxing.gateway.recognition.policy import Policy


class Pasts:
    def __init__(self, history: RememberedHistories, lists: DailyLists, circles: Circles) -> None:
        self._history = history
        self._lists = lists
        self._circles = circles

    async def look_up_lists(
        self, answered: Sequence[Answered], policies: Sequence[Policy], moment: Moment
    ) -> Sequence[Answered]:
        """Behind the live answers, the daily lists that each policy names."""
        if not any(policy.lists for policy in policies):
            return answered
        behind = list(answered)
        named = frozenset[str]().union(*(policy.lists for policy in policies))
        for issuer in self._circles.in_order(named):
            concerned = {
                place: each.document
                for place, (each, policy) in enumerate(zip(answered, policies, strict=True))
                if issuer in policy.lists and each.document is not None
            }
            if concerned:
                documents = list(concerned.values())
                listed = await self._lists.look_up(issuer, documents, moment.trust_list, moment.at)
                for place, source in zip(concerned, listed.answers, strict=True):
                    behind[place] = behind[place].with_list(source, listed.until)
        return behind

    async def recall(
        self, answered: Sequence[Answered], policies: Sequence[Policy | None], moment: Moment
    ) -> list[Kept | None]:
        """What is kept of each holder; None if the policy keeps no history or no issuer has just
        confirmed the holder. Its statements are signed over the number and the name, so a client
        that has only a number is shown nothing by it (docs/invariants.md §9). If the history
        cannot be read there is no answer: it might be milder than the past allows."""
        holders = [
            each.holder if _keeps_history(policy) and each.is_confirmed else None
            for each, policy in zip(answered, policies, strict=True)
        ]
        known = [holder for holder in holders if holder is not None]
        kept = await self._history.of(known, moment.client_id, moment.at) if known else {}
        return [None if each is None else kept.get(each, NOTHING_KEPT) for each in holders]


def _keeps_history(policy: Policy | None) -> bool:
    return policy is not None and policy.history_kept is not None
