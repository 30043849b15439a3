"""What counts of a statement of another hub's road that does not itself say whom it is about.

Its issuer signed it, and the shown part of number and name fits; that it answers the question about
this very person is the word of the hubs on its road. Responsible for no green, and no "not
enrolled", resting on that word alone (docs/decisions/0097). Refuses to know whom to believe.
"""

from dataclasses import replace

from tongxing.schema import Color, Outcome, SourceAnswer

_AGAINST = frozenset({Outcome.MUST_UPDATE, Outcome.UNMAPPED_VALUE})
"""Outcomes that let nobody pass, whomever they are about. Without evidence the issuer's silence
counts beside them, which a policy may rule more strictly."""


def as_far_as_proven(source: SourceAnswer) -> SourceAnswer:
    """``source`` with its yellows and reds alone. Beside them it stays NOT_PROVEN: a yellow of
    somebody else must not stand for what its issuer says of this person, and a policy may relax it.
    It is handed out to no client."""
    against = [code for code in source.codes if code.color is not Color.GREEN]
    kept = source.outcome if source.outcome in _AGAINST else Outcome.NOT_PROVEN
    evidence = source.evidence if against and kept not in _AGAINST else None
    return replace(source, outcome=kept, codes=against, evidence=evidence, stated=None)
