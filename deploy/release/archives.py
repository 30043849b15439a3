"""Archives whose bytes follow from their files alone: sorted, of one time, of nobody."""

import gzip
import tarfile
from collections.abc import Iterable
from io import BytesIO
from pathlib import Path


def archive(files: Iterable[tuple[str, Path]], seconds: int) -> bytes:
    """A tar of ``files``, each under its name. Modes are 755 for what may be run, else 644."""
    into = BytesIO()
    with tarfile.open(fileobj=into, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for name, file in sorted(files):
            entry = tarfile.TarInfo(name)
            entry.size = file.stat().st_size
            entry.mode = 0o755 if file.stat().st_mode & 0o100 else 0o644
            entry.mtime = seconds
            with file.open("rb") as content:
                tar.addfile(entry, content)
    return into.getvalue()


def compressed(octets: bytes) -> bytes:
    return gzip.compress(octets, mtime=0)


def files_under(directory: Path, prefix: str = "") -> Iterable[tuple[str, Path]]:
    for file in directory.rglob("*"):
        if file.is_file():
            yield prefix + file.relative_to(directory).as_posix(), file
