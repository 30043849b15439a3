"""What a policy would have seen of a case for which another circle was asked.

Responsible for dropping the sources that it would not have asked or looked up, and for naming the
yellows and reds that it would then have missed. Refuses to invent a source: what a wider circle
would have found nobody knows.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import NamedTuple

from tongxing.gateway.recognition.circle import Speakers, Whereabouts
from tongxing.gateway.recognition.policy import Policy
from tongxing.schema import Color, RegionCode, SourceAnswer, Via
from tongxing.schema.case import Case


class Missed(NamedTuple):
    """A yellow or red that ``issuer`` stated of a traveler. ``is_at_most`` if the draft may ask it
    all the same, because nobody knows by now whether it speaks for the holder's home."""

    issuer: str
    color: Color
    is_at_most: bool = False


class Narrowed(NamedTuple):
    """A traveler as the policy in force saw it and as the draft would, and what only the first of
    them saw."""

    before: Case
    after: Case
    missed: frozenset[Missed]


@dataclass(frozen=True, slots=True)
class Narrowing:
    """``current`` is in force, ``draft`` is being tried. ``speakers`` is None if no trust list says
    who speaks for which place: then it is taken that both ask everybody."""

    current: Policy
    draft: Policy
    speakers: Speakers | None

    def of_invented(self, case: Case, where: Whereabouts) -> Narrowed:
        """What each of the two would have seen of ``case``, for which everybody was asked."""
        before = _seen(case, self.current, self._asked(self.current, where))
        after = _seen(case, self.draft, self._asked(self.draft, where))
        return Narrowed(before, after, _missed(before, after))

    def of_record(self, case: Case, receiving: RegionCode) -> Narrowed:
        """What ``draft`` would have seen of ``case``, which ``current`` saw. The holder's home is
        not recorded. An issuer that ``current`` asks for nothing else was asked for it, so it would
        be again; of the others nobody knows, and they count as not asked."""
        nowhere = Whereabouts(receiving, None)
        asked, before = self._asked(self.draft, nowhere), self._asked(self.current, nowhere)
        if asked is not None and before is not None:
            heard = {str(source.issuer) for source in case.sources}
            asked |= {each for each in heard - before if self._is_home(each)}
        after = _seen(case, self.draft, asked)
        found = _missed(case, after)
        told = (each._replace(is_at_most=self._may_be_home(each.issuer)) for each in found)
        return Narrowed(case, after, frozenset(told))

    def _is_home(self, issuer: str) -> bool:
        """Of an issuer that only its holder's home can have brought in: whether it would again."""
        brought_in = self.speakers is not None and self.current.circle.may_be_home(
            issuer, self.speakers
        )
        return brought_in and self._may_be_home(issuer)

    def _asked(self, policy: Policy, where: Whereabouts) -> frozenset[str] | None:
        """None if ``policy`` asks everybody, or if it cannot be told whom it asks."""
        if self.speakers is None or policy.circle.everyone:
            return None
        return policy.circle.asks(where, self.speakers)

    def _may_be_home(self, issuer: str) -> bool:
        """Whether ``draft`` asks it about holders whose home it speaks for."""
        return self.speakers is not None and self.draft.circle.may_be_home(issuer, self.speakers)


def _missed(before: Case, after: Case) -> frozenset[Missed]:
    return _against(before.sources) - _against(after.sources)


def _against(sources: Iterable[SourceAnswer]) -> frozenset[Missed]:
    codes = (code for source in sources for code in source.codes)
    return frozenset(Missed(str(c.issuer), c.color) for c in codes if c.color.is_restrictive)


def _seen(case: Case, policy: Policy, asked: frozenset[str] | None) -> Case:
    """``case`` without what ``policy`` does not ask or look up. None: it asks everybody."""
    code_issuer = case.circumstances.code_issuer

    def sees(source: SourceAnswer) -> bool:
        if source.via is Via.LIST:
            return source.issuer in policy.lists
        return asked is None or source.issuer in asked or source.issuer == code_issuer

    kept = [source for source in case.sources if sees(source)]
    return case if len(kept) == len(case.sources) else replace(case, sources=kept)
