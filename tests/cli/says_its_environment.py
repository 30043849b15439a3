"""A child process for ``test_processes``: announces which of our variables it was given."""

import json
import os
import sys

sys.stdout.write(
    json.dumps({"TONGXING": [name for name in os.environ if name.startswith("TONGXING_")]}) + "\n"
)
