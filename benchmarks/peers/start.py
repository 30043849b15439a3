"""What a peer is told when it is started."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Start:
    """Where a peer finds the issuers' credentials and keys, whom it asks, and where it listens."""

    directory: Path
    urls: Mapping[str, str]
    port: int

    @property
    def arguments(self) -> list[str]:
        return [str(self.directory), json.dumps(dict(self.urls)), str(self.port)]
