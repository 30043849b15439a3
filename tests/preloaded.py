"""Imports what a command imports until it does its work, and reads the shipped policies.

A command that fails at its first step has brought in everything: the command line reads its options
with modules that it imports on the way.
"""

import gc
from contextlib import redirect_stderr
from io import StringIO

import tongxing.sandbox.issuers.server  # noqa: F401
from tongxing.gateway.cli.main import run
from tongxing.gateway.policy.published import load_policies
from tongxing.gateway.settings import SHIPPED_POLICIES

with redirect_stderr(StringIO()):
    run(["serve", "--settings", "/nowhere"])
load_policies(SHIPPED_POLICIES)
gc.collect()
gc.freeze()  # or each command would look through all of it for garbage, and copy it
