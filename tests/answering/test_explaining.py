"""Explanations, the dearest thing that a client may ask for, are made once and beside the loop."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor

from strawberry import ID

from tongxing.gateway.answering.explaining import ExplainedOnce
from tongxing.schema import Color, Decision, Text
from tongxing.schema.explanation import ExplainedRuling, Explanation
from tongxing.schema.policy_rule import PolicyRule

TEXT = Text(zh="无", en="nothing")
EXPLANATION = Explanation(
    deciding=ExplainedRuling(
        rule=PolicyRule(
            id=ID("rule"),
            text=TEXT,
            color=Color.GREEN,
            decision=Decision.ADMIT,
            can_make_greener=False,
        ),
        text=TEXT,
        issuer=None,
        fact=TEXT,
        color=Color.GREEN,
        decision=Decision.ADMIT,
        unmet=[],
    ),
    others=[],
    smallest_change=None,
    lines=[TEXT],
)


class _Explaining:
    """Ends when it is told to, and remembers in which threads it ran."""

    def __init__(self) -> None:
        self.may_end = threading.Event()
        self.threads: list[str] = []

    def __call__(self) -> Explanation:
        self.threads.append(threading.current_thread().name)
        assert self.may_end.wait(60)
        return EXPLANATION


async def test_the_loop_goes_on_while_an_answer_is_explained() -> None:
    explaining = _Explaining()
    with ThreadPoolExecutor(1, "explainer") as explainers:
        explained = ExplainedOnce(explaining, explainers)
        asked = [asyncio.ensure_future(explained()) for _ in range(14)]
        await asyncio.sleep(0)
        assert not any(each.done() for each in asked)
        explaining.may_end.set()
        answers = await asyncio.gather(*asked)
    assert explaining.threads == ["explainer_0"]
    assert {id(answer) for answer in answers} == {id(answers[0])}


async def test_what_is_not_asked_for_is_not_explained() -> None:
    explaining = _Explaining()
    with ThreadPoolExecutor(1) as explainers:
        ExplainedOnce(explaining, explainers)
    assert explaining.threads == []
