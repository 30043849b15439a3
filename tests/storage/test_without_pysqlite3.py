"""Where ``pysqlite3`` has no wheel, Python's own module keeps the database as well."""

import subprocess
import sys

import pytest

from tests.architecture.source import ROOT

pytestmark = pytest.mark.processes

WITHOUT_PYSQLITE3 = """
import sys
sys.modules["pysqlite3"] = None  # as if it were not installed
sys.path.insert(0, ".")
import pytest
from tongxing.gateway.storage.sqlite_library import sqlite3
print(sqlite3.__name__)
sys.exit(pytest.main(["-q", "-p", "no:cacheprovider", "-m", "not processes", *sys.argv[1:]]))
"""


def test_the_log_is_kept_and_faults_of_the_file_are_found() -> None:
    """With whichever journal the version of the operating system allows."""
    files = [f"tests/storage/{name}.py" for name in ("test_file", "test_records")]
    ran = subprocess.run(
        [sys.executable, "-c", WITHOUT_PYSQLITE3, *files],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout
    assert ran.stdout.startswith("sqlite3\n")
