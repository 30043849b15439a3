"""A cheap child process for ``test_child_processes``: listens, and announces where.

It also announces which of the product's environment variables it was given.
"""

import json
import os
import signal
import socket
import sys

with socket.create_server(("127.0.0.1", 0)) as listener:
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    given = [name for name in os.environ if name.startswith("TONGXING_")]
    sys.stdout.write(json.dumps({"url": url, "given": given}) + "\n")
    signal.pause()
