"""What one issuer could state differently to make the findings about it milder.

Responsible for the candidates alone, the smallest change first; whether one helps, and is true
however its words come true, is found by judging again (``smallest_change``), never by a second
account of the rules.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import strawberry

from tongxing.gateway.recognition.carrying import carrying
from tongxing.gateway.recognition.finding import Cause, Finding
from tongxing.gateway.recognition.new_statements import (
    Speaker,
    Way,
    Wording,
    greens_in,
    look_back,
    newer_in,
    open_places,
)
from tongxing.gateway.recognition.offer_words import (
    green_need,
    kept_need,
    newer_need,
    off_list_need,
    tidy,
)
from tongxing.gateway.recognition.policy import ConflictOrder, Policy
from tongxing.gateway.recognition.ruling import Ruling
from tongxing.schema import (
    COUNTRY,
    Basis,
    Color,
    HealthCode,
    Outcome,
    RegionCode,
    SourceAnswer,
    Via,
)
from tongxing.schema.case import Case, ColorChange
from tongxing.schema.explanation import Need

PLACES_LIMIT = 4
"""The most places that are tried for an issuer that has named none, besides the national level."""

_LIKELY_BASES = (Basis.DATA_NORMAL, Basis.DECLARED, Basis.CONVERTED, Basis.NOT_STATED)


@dataclass(frozen=True, slots=True)
class Remedy:
    """``needs`` in words, and every one of the ``ways`` in which they can come true, the oldest
    statement first and the newest last."""

    needs: tuple[Need, ...]
    ways: tuple[Way, ...]


@dataclass(frozen=True, slots=True)
class _Matter:
    """The findings about ``issuer`` that block, as of ``case``; a remedy is wanted at ``at``."""

    issuer: str
    blocking: Sequence[Ruling]
    case: Case
    at: datetime
    policy: Policy

    def by(self, via: Via) -> list[Finding]:
        return [ruled.finding for ruled in self.blocking if ruled.finding.via is via]


def remedies(
    issuer: str, blocking: Sequence[Ruling], case: Case, at: datetime, policy: Policy
) -> Iterator[Remedy]:
    """What ``issuer`` could change about the ``blocking`` findings that are its own by ``at``,
    which is the moment of ``case`` or later; if none is, a green of its own is lacking. Nothing if
    it cannot be asked."""
    matter = _Matter(issuer, blocking, case, at, policy)
    if not _can_be_asked(matter):
        return
    if blocking:
        yield Remedy((), (_as_it_is,))
    listed, live = matter.by(Via.LIST), matter.by(Via.LIVE)
    off = Remedy((off_list_need(issuer, policy),), (_off_list(issuer),))
    if listed and not live:
        yield off
    if all(finding.stated is None for finding in listed):
        yield from _statements(matter)
    elif live:
        yield from (_both(off, statement) for statement in _statements(matter))


def _can_be_asked(matter: _Matter) -> bool:
    """A scan that does not say whose code it is leaves only the issuer of the code to ask: no
    statement helps, only the document."""
    looked_at = matter.case.circumstances
    is_known = looked_at.document is not None or looked_at.code_issuer == matter.issuer
    return is_known or any(source.issuer == matter.issuer for source in matter.case.sources)


def _statements(matter: _Matter) -> Iterator[Remedy]:
    """A later statement of the same, if only its time is wrong; else a green."""
    said = _said(matter)
    speaker = Speaker(matter.issuer, said, _changed_in(matter), _turn(matter))
    if said and all(_waits_for_time(ruled) for ruled in matter.blocking):
        for after in _afters(matter, said):
            needs = [
                newer_need(matter.issuer, each, after, matter.policy) for each in said.values()
            ]
            ways = newer_in(speaker, after, matter.at, matter.policy)
            yield Remedy(_once(needs), tuple(ways))
    if any(ruled.finding.color is not Color.GREEN for ruled in matter.blocking) or not said:
        speakers = [speaker]
        if len(_every(matter)) > len(said):
            speakers.append(replace(speaker, said=_every(matter)))
        speakers += [replace(each, adds=place) for place in _lacking(matter) for each in speakers]
        for each in speakers:
            for wording in _wordings(matter, each):
                yield _green(each, wording, matter)


def _said(matter: _Matter) -> dict[int, HealthCode]:
    """The issuer's live codes that block, by number; all of them if its answer was no statement."""
    source = _live_source(matter)
    if source is None:
        return {}
    if source.outcome is not Outcome.VERIFIED:
        return dict(enumerate(source.codes))
    told = [finding.stated or finding.behind for finding in matter.by(Via.LIVE)]
    return {n: code for n, code in enumerate(source.codes) if any(code is each for each in told)}


def _every(matter: _Matter) -> dict[int, HealthCode]:
    """All of its live codes: one that lapsed may have to be stated anew although it blocks only
    once the others are green."""
    source = _live_source(matter)
    return {} if source is None else dict(enumerate(source.codes))


def _lacking(matter: _Matter) -> list[RegionCode]:
    """The place of which it has to state a green besides, if no green of those that it speaks of
    could carry."""
    codes = list(_every(matter).values())
    if not codes or carrying(codes, matter.policy):
        return []
    return [min(matter.policy.issuers.green_from.get(matter.issuer, (COUNTRY,)))]


def _live_source(matter: _Matter) -> SourceAnswer | None:
    asked = (s for s in matter.case.sources if s.issuer == matter.issuer and s.via is Via.LIVE)
    return next(asked, None)


def _turn(matter: _Matter) -> datetime | None:
    return matter.case.at if matter.at > matter.case.at else None


def _waits_for_time(ruled: Ruling) -> bool:
    """A green that grew too old, or that a rule holds its age against."""
    finding = ruled.finding
    if finding.color is Color.GREEN:
        return finding.via is Via.LIVE
    code = finding.behind
    return finding.cause is Cause.STALE and code is not None and code.as_of <= finding.at


def _afters(matter: _Matter, said: Mapping[int, HealthCode]) -> list[datetime]:
    """How new a statement has to be: newer than what it replaces and younger than any green may
    be; and if that is not enough, than an age that a rule names, or than what it contradicts."""
    at, policy = matter.at, matter.policy
    limits = [at - policy.maximum_green_age]
    limits += [code.as_of for code in said.values() if code.as_of <= matter.case.at]
    first = tidy(max(limits), at)
    others = [*(at - age for age in policy.green_ages), *_contradicted(matter)]
    return [first, *sorted({tidy(other, at) for other in others if first < other < at})]


def _contradicted(matter: _Matter) -> list[datetime]:
    """The times of what others state against the traveler, if a later green counts for anything."""
    policy, sources = matter.policy, matter.case.sources
    orders = policy.conflict_order is not ConflictOrder.MOST_RESTRICTIVE
    if not orders and all(rule.when.newer_green_from is None for rule in policy.rules):
        return []
    said = [code for s in sources if s.issuer != matter.issuer for code in s.codes]
    return [code.as_of for code in said if code.color.is_restrictive]


def _wordings(matter: _Matter, speaker: Speaker) -> Iterator[Wording]:
    """From the fewest words to the most."""
    is_ahead = any(code.as_of > matter.case.at for code in speaker.said.values())
    for after in _afters(matter, speaker.said):
        yield from _of_time(matter, speaker, Wording(after, on_time=is_ahead))


def _of_time(matter: _Matter, speaker: Speaker, plain: Wording) -> Iterator[Wording]:
    said = speaker.said
    places: Sequence[RegionCode | None] = [None, *([] if said else _places(speaker, matter))]
    unknown = not said or any(code.color is Color.UNKNOWN for code in said.values())
    may_be_kept = unknown and look_back(matter.policy) and not _changed_lately(matter)
    for place in places:
        yield replace(plain, place=place)
        if may_be_kept:
            yield replace(plain, place=place, kept=True)
        if _asks_for_basis(matter.policy):
            yield from (replace(plain, place=place, basis=basis) for basis in _LIKELY_BASES)


def _changed_lately(matter: _Matter) -> bool:
    limit = look_back(matter.policy)
    return any(matter.at - change.at <= limit for change in _counted(matter))


def _counted(matter: _Matter) -> list[ColorChange]:
    """The issuer's changes, if any rule on greens counts changes."""
    changes = matter.case.circumstances.changes if matter.policy.green_windows else ()
    return [change for change in changes if change.issuer == matter.issuer]


def _asks_for_basis(policy: Policy) -> bool:
    return any(r.when.basis is not None or r.when.basis_only is not None for r in policy.rules)


def _changed_in(matter: _Matter) -> list[RegionCode]:
    return sorted({RegionCode(change.place) for change in _counted(matter)})


def _places(speaker: Speaker, matter: _Matter) -> list[RegionCode]:
    """Places that the issuer has reported for come first, the national level last."""
    country, *others = open_places(speaker, matter.policy)
    return [*others[:PLACES_LIMIT], country]


def _green(speaker: Speaker, wording: Wording, matter: _Matter) -> Remedy:
    issuer, policy = matter.issuer, matter.policy
    said = [code.issuing_place for code in speaker.said.values()]
    said += [speaker.adds] if speaker.adds else []
    places: Sequence[RegionCode | None] = said or [wording.place]
    needs = [green_need(issuer, place, wording, policy) for place in places]
    if wording.kept:
        needs.append(kept_need(issuer, look_back(policy), policy))
    return Remedy(_once(needs), tuple(greens_in(speaker, wording, matter.at, policy)))


def _off_list(issuer: str) -> Way:
    """As if the issuer's list were in force and did not name the holder."""

    def left_out(case: Case) -> Case:
        others = (s for s in case.sources if s.issuer != issuer or s.via is not Via.LIST)
        absent = SourceAnswer(
            issuer=strawberry.ID(issuer), outcome=Outcome.NOT_ENROLLED, via=Via.LIST
        )
        return replace(case, sources=(*others, absent))

    return left_out


def _both(first: Remedy, second: Remedy) -> Remedy:
    (once,) = first.ways
    ways = tuple(_one_after_another(once, way) for way in second.ways)
    return Remedy((*first.needs, *second.needs), ways)


def _one_after_another(first: Way, second: Way) -> Way:
    return lambda case: second(first(case))


def _as_it_is(case: Case) -> Case:
    return case


def _once(needs: Sequence[Need]) -> tuple[Need, ...]:
    return tuple({need.text.en: need for need in needs}.values())
