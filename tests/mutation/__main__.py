"""``make mutants``: change the decision core and the trust in signatures, one thing at a time.

Each change must make a test fail, or be listed in ``equivalent.toml`` with the reason why it
changes nothing. Arguments name files; without any, all of them are tried. The exit status is 1 if a
mutant passes that is not listed, or if a listed one is there no more. While tests are being
written, ``--quick`` leaves out those that take longest, and ``--open`` the mutants that a test has
noticed in an earlier run.
"""

import os
import sys
import time
from collections.abc import Sequence

from tests.mutation.group import Group, Mode
from tests.mutation.tally import PROGRESS, Tally, listed, tell
from tests.mutation.tried import TRIED


def main(arguments: Sequence[str]) -> int:
    os.environ["ORACLE_CASES"] = "10000"
    mode = Mode(is_quick="--quick" in arguments, only_open="--open" in arguments)
    wanted = [each for each in arguments if not each.startswith("--")] or list(TRIED)
    tally = Tally(listed())
    for tests in dict.fromkeys(TRIED[file] for file in wanted):
        files = [file for file in wanted if TRIED[file] == tests]
        if not Group(files, tests, tally, mode).all_tried():
            PROGRESS.write("the tests fail without any change: mend that first\n")
            return 2
    return tally.report()


if __name__ == "__main__":
    began = time.monotonic()
    status = main(sys.argv[1:])
    tell(f"{time.monotonic() - began:.0f} s")
    sys.exit(status)
