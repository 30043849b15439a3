"""What a fault works on: the processes, and the account of what was done to them."""

from dataclasses import dataclass, field
from threading import Event

from tests.soak.ledger import Ledger
from tests.soak.stage import MOST_CONNECTIONS, Stage
from tests.soak.told import Deeds
from tests.soak.truth import Truth


@dataclass
class Setting:
    """``hurry``: the soak is to end, so no fault lasts longer than it needs to."""

    stage: Stage
    truth: Truth
    deeds: Deeds
    ledger: Ledger
    hurry: Event = field(default_factory=Event)
    turned: dict[str, dict[str, int]] = field(default_factory=dict)
    """By issuer, the people whom it has turned red, and since which Unix second."""

    added: int = 0
    """Clients that were added while the hub ran."""

    def start_server(self) -> None:
        self.stage.server.start(f"max_connections={MOST_CONNECTIONS}")
