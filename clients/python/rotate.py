"""Changes the key of one client system, by itself: makes a new key, has the old one vouch for it,
tries it, and puts its file in the place of the old one.

    rotate.py CREDENTIALS [SECONDS]

The old key counts for SECONDS (an hour unless said otherwise), for programs that have read it. What
was interrupted goes on when it is run again: the new key waits in a file beside the old one.
"""

import json
import os
import sys
from dataclasses import replace
from pathlib import Path

from tongxing_client import (
    Client,
    Credentials,
    CredentialsRefused,
    SigningKey,
    TongxingError,
    read_credentials,
)

OVERLAP_SECONDS = 3_600


def rotate(file: Path, overlap: int) -> None:
    key_file = file.parent / json.loads(file.read_text("utf-8"))["key"]
    next_file = key_file.with_name(f"{key_file.name}.next")
    if not next_file.exists():
        write_new_key(next_file)
    own, new = read_credentials(file), SigningKey.read(next_file.read_bytes())
    keys = changed(own, new, overlap)
    with Client(replace(own, key=new)) as hub:
        hub.token()  # the old key stays in its place unless the hub takes the new one
    next_file.replace(key_file)
    print(json.dumps({"act": "rotate", "kid": new.thumbprint, "keys": keys}), flush=True)


def changed(own: Credentials, new: SigningKey, overlap: int) -> list[object]:
    """The keys of the client, if the hub tells."""
    with Client(own) as hub:
        try:
            return list(hub.change_key(new, overlap_seconds=overlap))
        except CredentialsRefused as refused:
            if refused.error != "invalid_client":
                raise
            # The old key may have ended, if an earlier run was interrupted; the new one says so.
            return []


def write_new_key(file: Path) -> None:
    """In one step: half a key must not be found there after a crash."""
    half = file.with_name(f"{file.name}.half")
    with os.fdopen(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as writing:
        writing.write(SigningKey.generate().to_pem())
        writing.flush()
        os.fsync(writing.fileno())
    half.replace(file)


if __name__ == "__main__":
    _program, credentials_file, *seconds = sys.argv
    try:
        rotate(Path(credentials_file), int(seconds[0]) if seconds else OVERLAP_SECONDS)
    except TongxingError as fault:
        raise SystemExit(f"the hub refuses: {fault}") from None
