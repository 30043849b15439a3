"""One answer of a hub, and everything that was seen of one. Pure values."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any


@dataclass(frozen=True, slots=True)
class Reply:
    """``status`` is None if no HTTP response came. ``asked`` are texts of the request that no
    refusal may repeat."""

    status: int | None
    body: bytes = field(default=b"", repr=False)
    asked: tuple[str, ...] = field(default=(), repr=False)

    def members(self) -> Mapping[str, Any]:
        """Empty if the body is no JSON object."""
        try:
            value = json.loads(self.body.decode())
        except (ValueError, RecursionError):
            return {}
        return value if isinstance(value, dict) else {}

    def data(self, name: str) -> Any:
        """The field ``name`` of the data; None if it is not there."""
        data = self.members().get("data")
        return data.get(name) if isinstance(data, dict) else None

    def color(self) -> str | None:
        """Of the answer about a traveler; None if there is no such answer."""
        traveler = self.data("traveler")
        return traveler.get("color") if isinstance(traveler, dict) else None

    def is_refused(self) -> bool:
        """An error, and nothing else."""
        members = self.members()
        return bool(members.get("errors")) and not members.get("data")

    def is_refusal(self) -> bool:
        """The refusal that is a value: a code, and no color."""
        return is_refusal(self.data("traveler"))

    def repeats_what_was_asked(self) -> bool:
        return any(text in self.body.decode("utf-8", "replace") for text in self.asked)


def is_refusal(traveler: object) -> bool:
    """Of one answer about a traveler."""
    return isinstance(traveler, dict) and "code" in traveler and "color" not in traveler


@dataclass(frozen=True, slots=True)
class Spoiled:
    """About one person while all issuers misbehaved, and about another, as green as they, right
    afterwards: a hub may keep what it was told of the first."""

    wrong: Reply
    honest: Reply


@dataclass(frozen=True, slots=True)
class HubSeen:
    """``honest``: about somebody whom every issuer states as green. ``spoiled``: by misbehavior,
    about somebody green whose issuers all misbehave so. ``conflict``: green in the city, red in the
    province. ``elsewhere``: for a region that the client may not ask for. ``nobodies``: another
    name, and nobody. ``documents`` and ``forms``: what is not well formed, by name. ``batches``: by
    name. ``assertions``: of one that is good (``first``), the same again (``again``), and one that
    has ended (``ended``). ``outlived``: with a token that has ended. ``certificate_lasts``: None if
    the hub is not asked over TLS."""

    honest: Reply
    spoiled: Mapping[str, Spoiled] = field(default_factory=dict)
    conflict: Reply | None = None
    elsewhere: Reply | None = None
    nobodies: Sequence[Reply] = ()
    documents: Mapping[str, Reply] = field(default_factory=dict)
    forms: Mapping[str, Reply] = field(default_factory=dict)
    batches: Mapping[str, Reply] = field(default_factory=dict)
    assertions: Mapping[str, Reply] = field(default_factory=dict)
    introspection: Reply | None = None
    outlived: Reply | None = None
    certificate_lasts: timedelta | None = None
