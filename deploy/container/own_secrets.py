"""Copies secrets to where only this account reads them: for Kubernetes, before the hub starts.

    own_secrets.py FROM TO

A volume of secrets that an account other than root may read is readable by its group as well, and
libpq refuses a password file that is, and so does ``tongxing doctor`` a key. TO is a directory in
memory; every file in it gets mode 0600. Names that begin with a dot are Kubernetes' own.
"""

import os
import sys
from pathlib import Path


def main(given: str, own: str) -> int:
    os.umask(0o077)
    Path(own).mkdir(exist_ok=True)
    taken = [file for file in sorted(Path(given).iterdir()) if not file.name.startswith(".")]
    for file in taken:
        target = Path(own) / file.name
        target.unlink(missing_ok=True)
        target.write_bytes(file.read_bytes())
    sys.stdout.write(f"{len(taken)} files\n")
    return 0 if taken else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
