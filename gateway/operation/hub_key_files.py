"""The private keys of the hub on this machine: the files that the settings name, and those beside.

``keys/hub.pem`` is the first key; another one lies beside it with its id in the name,
``keys/hub.<id>.pem``, and so it is with ``keys/sm2.pem``. Responsible for finding them, also while
the hub runs: a key is put on every machine before it is used anywhere. Refuses to delete one.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeVar

from tongxing.gateway.operation.files import write_once
from tongxing.gateway.settings import KeySettings
from tongxing.keys.hub_keys import HeldKeys
from tongxing.keys.signing import HubSigner, InvalidPrivateKey, Sm2Signer

Signer = TypeVar("Signer", HubSigner, Sm2Signer)
Seen = tuple[tuple[str, int, int], ...]


def file_of_key(named: Path, key_id: str) -> Path:
    """Where a later key than the one in ``named`` lies."""
    return named.with_name(f"{named.stem}.{key_id}{named.suffix}")


def later_files(named: Path) -> list[Path]:
    return sorted(named.parent.glob(f"{named.stem}.*{named.suffix}"))


def keep_key(named: Path, signer: HubSigner | Sm2Signer) -> Path:
    """Its file, mode 0600, written first if it is not there yet. Raises OSError."""
    file = file_of_key(named, signer.key_id)
    write_once(file, signer.to_pem)
    return file


class HubKeyFiles:
    def __init__(self, settings: KeySettings) -> None:
        self._settings = settings
        self._seen: Seen | None = None

    def read(self) -> HeldKeys:
        """What lies here. A file beside the one that the settings name is passed over if it is no
        key, because it may be half copied. Raises InvalidPrivateKey for the named one; OSError if
        there is no key at all."""
        hub, first = _read(self._settings.hub, HubSigner.from_pem)
        sm2, first_sm2 = _read(self._settings.sm2, Sm2Signer.from_pem)
        return HeldKeys(hub, sm2, first, first_sm2)

    def changed(self) -> bool:
        """Whether any file has come, gone or changed since the last call."""
        seen, self._seen = self._seen, self._look()
        return self._seen != seen

    def _look(self) -> Seen:
        named = (self._settings.hub, self._settings.sm2)
        files = [file for each in named for file in (each, *later_files(each))]
        return tuple(_stamp(file) for file in files)


def _stamp(file: Path) -> tuple[str, int, int]:
    try:
        found = file.stat()
    except OSError:
        return str(file), 0, 0
    return str(file), found.st_ctime_ns, found.st_size


def _read(
    named: Path, from_pem: Callable[[bytes], Signer]
) -> tuple[Mapping[str, Signer], str | None]:
    later = [key for file in later_files(named) if (key := _perhaps(file, from_pem)) is not None]
    found = {key.key_id: key for key in later}
    if not named.exists() and found:
        return found, None
    first = from_pem(named.read_bytes())
    return {first.key_id: first, **found}, first.key_id


def _perhaps(file: Path, from_pem: Callable[[bytes], Signer]) -> Signer | None:
    try:
        return from_pem(file.read_bytes())
    except (OSError, InvalidPrivateKey):
        return None
