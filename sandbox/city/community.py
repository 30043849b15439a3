"""What communities and holders do between declarations: conversion 转码, control, new symptoms.

Every refusal is a value of ``Refused`` and names the rule that forbids the step.
"""

from enum import StrEnum, unique

from tongxing.sandbox.city.books import Households, TraceBook
from tongxing.sandbox.city.declaration import RECENT_DAYS, has_key_stay, is_key
from tongxing.sandbox.city.life import Circumstances, Holder
from tongxing.sandbox.city.register import CityRegister
from tongxing.sandbox.city.stages import Event
from tongxing.sandbox.city.store import Store
from tongxing.sandbox.town.records import DAY, Basis, Color, day_of

CONTROL_SECONDS = 14 * DAY
"""The shortest control: fourteen days of normal monitoring."""

_CONTROLLED = Circumstances(Color.RED, (Basis.ISOLATION_NOT_ENDED,))
_HOUSEHOLD = Circumstances(Color.RED, (Basis.HOUSEHOLD_MEMBER,))


@unique
class Refused(StrEnum):
    NOT_ENROLLED = "not_enrolled"
    NOT_NOW = "not_possible_now"
    KEY_AREA_TRACE = "key_area_trace"
    UNDER_CONTROL = "under_control"
    HOUSEHOLD_UNDER_CONTROL = "household_under_control"
    NOT_CONTROLLED = "not_controlled"
    TOO_EARLY = "too_early"


class Community:
    def __init__(
        self,
        store: Store,
        register: CityRegister,
        households: Households,
        trace_book: TraceBook,
    ) -> None:
        self._store = store
        self._register = register
        self._households = households
        self._book = trace_book

    def apply(self, ordinal: int, at: int) -> Holder | Refused:
        return self._register.happen(ordinal, Event.APPLIES, at) or Refused.NOT_NOW

    def confirm(self, ordinal: int, at: int) -> Holder | Refused:
        """The community vouches for the holder; refused if the books say otherwise."""
        holder = self._register.current(ordinal, at)
        if holder is None:
            return Refused.NOT_NOW
        obstacle = self._obstacle(ordinal, holder, at)
        if obstacle is not None:
            return obstacle
        return self._register.happen(ordinal, Event.COMMUNITY_CONFIRMS, at) or Refused.NOT_NOW

    def refuse(self, ordinal: int, at: int) -> Holder | Refused:
        return self._register.happen(ordinal, Event.COMMUNITY_REFUSES, at) or Refused.NOT_NOW

    def feels_unwell(self, ordinal: int, at: int) -> Holder | Refused:
        """New symptoms were seen: a green code does not count until the holder declares again."""
        return self._register.happen(ordinal, Event.FEELS_UNWELL, at) or Refused.NOT_NOW

    def control(self, ordinal: int, members: list[int], at: int) -> None:
        """Put a person under control; their household turns red with them. A member without a code
        will be red after their first declaration."""
        with self._store.transaction():
            self._households.begin(ordinal, members, at)
            self._register.happen(ordinal, Event.CONTROL_BEGINS, at, _CONTROLLED)
            for member in members:
                self._redden_member(member, at)

    def release(self, ordinal: int, at: int) -> Refused | None:
        """Lift a control. It changes no code: a red holder must apply for conversion."""
        began_at = self._households.controlled_since(ordinal)
        if began_at is None:
            return Refused.NOT_CONTROLLED
        if at - began_at < CONTROL_SECONDS:
            return Refused.TOO_EARLY
        with self._store.transaction():
            self._households.end(ordinal)
        return None

    def _redden_member(self, member: int, at: int) -> None:
        """A member who is under control as well keeps that as the ground for their red."""
        if self._households.controlled_since(member) is None:
            self._register.happen(member, Event.CONTROL_BEGINS, at, _HOUSEHOLD)

    def _obstacle(self, ordinal: int, holder: Holder, at: int) -> Refused | None:
        obstacles = {
            Refused.UNDER_CONTROL: self._households.controlled_since(ordinal) is not None,
            Refused.HOUSEHOLD_UNDER_CONTROL: self._households.lives_with_controlled(ordinal),
            Refused.KEY_AREA_TRACE: self._has_key_area_trace(ordinal, holder, day_of(at)),
        }
        return next((refused for refused, holds in obstacles.items() if holds), None)

    def _has_key_area_trace(self, ordinal: int, holder: Holder, today: int) -> bool:
        arrival = holder.arrival
        if arrival is not None and is_key(arrival.region) and today - arrival.day < RECENT_DAYS:
            return True
        return has_key_stay(self._book.stays(ordinal), today)
