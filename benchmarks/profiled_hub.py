"""A hub under cProfile: ``python -m benchmarks.profiled_hub <file> serve --settings …``.

Profiles the first thread, which runs the event loop, from SIGRTMIN on, and writes the profile to
the file when the hub ends. The profiler makes small functions look dearer than they are: read
shares.
"""

import cProfile
import signal
import sys
from pathlib import Path

from tongxing.gateway.cli.main import main


def run() -> None:
    file, profile = Path(sys.argv.pop(1)), cProfile.Profile()
    signal.signal(signal.SIGRTMIN, lambda *_: profile.enable())
    # The hub sets its own handler while it serves; a second signal must not end the writing.
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    try:
        main()
    finally:
        profile.disable()
        profile.dump_stats(file)


if __name__ == "__main__":
    run()
