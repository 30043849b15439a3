"""What one issuer gets wrong for a while about everybody, or for good about one person."""

import os
import signal
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from random import Random

from tests.soak.questions import ASKED_OFTEN
from tests.soak.setting import Setting
from tests.soak.told import Spell
from tests.soak.truth import RED
from tongxing.sandbox.issuers.misbehavior import Mode
from tongxing.sandbox.town.records import IssuerName

LASTS_SECONDS = 4.0
STOPPED_SECONDS = 2.0
MOST_TURNED = 20
A_SECOND = 1.0
"""Signatures are dated to the second."""

FORGES = frozenset({Mode.WRONG_KEY, Mode.RETIRED_KEY, Mode.ANOTHER_HOLDER, Mode.UNSIGNED})
"""Nothing that is signed meanwhile can be believed. What is signed as of yesterday cannot either,
but its date does not tell when it was signed."""

IssuerStrike = Callable[[Setting, Random, IssuerName], None]


def _misbehaves(mode: Mode, value: object = None) -> IssuerStrike:
    """What is said of its time is certain: it began after the issuer knew, and ended before."""

    def strike(setting: Setting, _random: Random, issuer: IssuerName) -> None:
        switch = {"mode": mode.value, "for": None, "value": value}
        assert setting.stage.issuers[issuer].post_json(SWITCH, switch).status_code == 200
        if mode in FORGES:
            setting.deeds.add(setting.deeds.forged, Spell(issuer, time.time()))
        setting.hurry.wait(LASTS_SECONDS)
        if mode in FORGES:
            setting.deeds.end(setting.deeds.forged, issuer, time.time() - A_SECOND)
        _end(setting, issuer)

    return strike


def _misleads(setting: Setting, random: Random, issuer: IssuerName) -> None:
    """Gives another holder's record. What is said of its time holds the whole of it."""
    setting.deeds.add(setting.deeds.misled, Spell(issuer, time.time()))
    _misbehaves(Mode.ANOTHER_HOLDER)(setting, random, issuer)
    setting.deeds.end(setting.deeds.misled, issuer, time.time())


SWITCH = "/sandbox/misbehavior"

ISSUER_FAULTS: Mapping[str, IssuerStrike] = {
    "HTTP 503": _misbehaves(Mode.HTTP_503),
    "stalled": _misbehaves(Mode.STALLED),
    "truncated": _misbehaves(Mode.TRUNCATED),
    "a page of HTML": _misbehaves(Mode.HTML_PAGE),
    "wrong key": _misbehaves(Mode.WRONG_KEY),
    "retired key": _misbehaves(Mode.RETIRED_KEY),
    "another holder": _misleads,
    "unsigned": _misbehaves(Mode.UNSIGNED),
    "yesterday's": _misbehaves(Mode.YESTERDAY),
    "unmapped value": _misbehaves(Mode.UNMAPPED_VALUE, "grey"),
}


def stop(setting: Setting, _random: Random, issuer: IssuerName) -> None:
    """The process is there and does nothing."""
    number = setting.stage.issuers[issuer].process.pid
    os.kill(number, signal.SIGSTOP)
    try:
        time.sleep(STOPPED_SECONDS)
    finally:
        os.kill(number, signal.SIGCONT)


def turn_red(setting: Setting, random: Random, issuer: IssuerName) -> None:
    """Somebody whom it held green, until so many are red that all turn back; nobody turns twice."""
    turned = setting.turned.setdefault(issuer, {})
    if len(turned) == MOST_TURNED:
        _all_as_before(setting, issuer, setting.turned.pop(issuer))
        return
    labels = (f"crowd:{index}" for index in random.sample(range(ASKED_OFTEN), ASKED_OFTEN))
    label = next((one for one in labels if _can_turn(setting, issuer, one)), None)
    if label is not None:
        turned[label] = int(time.time())
        _turn(setting, issuer, label)


def _can_turn(setting: Setting, issuer: IssuerName, label: str) -> bool:
    now = time.time()
    possible = setting.truth.possible(issuer, label, 0.0, now)
    return {state and state.own for state in possible} == {"GREEN"}


def _turn(setting: Setting, issuer: IssuerName, label: str) -> None:
    before = setting.truth.before(issuer, label)
    assert before is not None
    number = setting.truth.document(label).number
    since = setting.turned[issuer][label]
    switch = {"mode": Mode.TURNED_RED.value, "for": number, "seconds": 1.0, "value": since}
    with setting.truth.turning(issuer, {label: replace(RED, reported=before.reported)}):
        assert setting.stage.issuers[issuer].post_json(SWITCH, switch).status_code == 200


def _end(setting: Setting, issuer: IssuerName) -> None:
    """The issuer is itself again. Ending one fault ends all, so who was turned red is green for a
    moment and then red again."""
    turned = setting.turned.get(issuer, {})
    _all_as_before(setting, issuer, turned)
    for label in turned:
        _turn(setting, issuer, label)


def _all_as_before(setting: Setting, issuer: IssuerName, turned: Iterable[str]) -> None:
    before = {label: setting.truth.before(issuer, label) for label in turned}
    with setting.truth.turning(issuer, before):
        assert setting.stage.issuers[issuer].http.delete(SWITCH).status_code == 200
