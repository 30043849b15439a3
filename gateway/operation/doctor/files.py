"""Files with secrets: there, readable by their owner alone, and what they claim to be."""

from collections.abc import Callable, Iterator
from pathlib import Path

from tongxing.gateway.operation.doctor.finding import Finding
from tongxing.gateway.settings import Settings
from tongxing.keys.holder import HolderKey
from tongxing.keys.signing import HubSigner, Sm2Signer

_OTHERS = 0o077

Reader = Callable[[bytes], object]
"""Takes a file's content; raises ValueError, whose text repeats nothing of it, when it is wrong."""


def examine_files(settings: Settings) -> Iterator[Finding]:
    for file, read in _secrets(settings):
        yield _examine(file, read)


def _secrets(settings: Settings) -> Iterator[tuple[Path, Reader]]:
    keys = settings.keys
    yield keys.hub, HubSigner.from_pem
    yield keys.sm2, Sm2Signer.from_pem
    yield keys.holder, HolderKey
    for issuer in settings.issuers:
        yield issuer.credential, _credential


def _credential(content: bytes) -> None:
    if not content.strip().isascii() or not content.strip():
        raise ValueError("not a bearer credential: one line of ASCII text is expected")


def _examine(file: Path, read: Reader) -> Finding:
    about = str(file)
    try:
        content = file.read_bytes()
        mode = file.stat().st_mode
    except FileNotFoundError:
        return Finding(about, "is not there", "put it there, or mend the path in the settings")
    except OSError as error:
        return Finding(about, f"cannot be read ({error.strerror})", f"chown it, chmod 600 {file}")
    if mode & _OTHERS:
        return Finding(about, "is open to other accounts", f"chmod 600 {file}")
    try:
        read(content)
    except ValueError as error:
        return Finding(about, str(error), "replace it by the file that was meant")
    return Finding(about)
