"""A JSON object in a file that an operator names: a public key, a checkpoint."""

from pathlib import Path
from typing import Any

import msgspec

from gateway.cli.failure import CommandFailed


def read_json_object(file: Path) -> dict[str, Any]:
    """Raises CommandFailed, which names the file."""
    try:
        return msgspec.json.decode(file.read_bytes(), type=dict[str, Any])
    except OSError as error:
        raise CommandFailed(f"{file} cannot be read ({error.strerror})") from None
    except (msgspec.MsgspecError, UnicodeError):
        raise CommandFailed(f"{file} is not a JSON object") from None
