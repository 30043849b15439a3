"""Imports what a command imports until it does its work.

A command that fails at its first step has brought in everything: the command line reads its options
with modules that it imports on the way.
"""

from contextlib import redirect_stderr
from io import StringIO

import tongxing.sandbox.issuers.server  # noqa: F401
from tongxing.gateway.cli.main import run

with redirect_stderr(StringIO()):
    run(["serve", "--settings", "/nowhere"])
