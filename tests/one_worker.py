"""Files that share what takes long to make run in one worker, one after the other. All others are
shared out file by file, as ``--dist=loadfile`` does it.
"""

from pathlib import Path

import pytest
from xdist.scheduler import LoadFileScheduling

FOLDER = Path(__file__).parent

_TOGETHER = {
    "deploy/test_release.py": "one rehearsal of a release",
    "deploy/test_container.py": "one rehearsal of a release",
}
"""What each of them needs. A file that is gone is an error."""

_SHARED = {
    (FOLDER / name).resolve(strict=True).relative_to(FOLDER.parent).as_posix(): what
    for name, what in _TOGETHER.items()
}


class _Scheduling(LoadFileScheduling):
    def _split_scope(self, nodeid: str) -> str:
        file = super()._split_scope(nodeid)
        return _SHARED.get(file, file)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> _Scheduling | None:
    """None leaves it to xdist, which was asked to share them out in another way."""
    return _Scheduling(config, log) if config.getoption("dist") == "loadfile" else None
