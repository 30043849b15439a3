"""Run members of the federation: ``python -m tongxing.sandbox.federation --directory D --from 1
--to 170``.

The rim: arguments, the real clock. It prints one line of JSON as a reference issuer does.
"""

import argparse
import json
from datetime import UTC, datetime
from pathlib import Path

from tongxing.sandbox.federation.hosting import Hosting
from tongxing.sandbox.federation.member_app import MemberApp
from tongxing.sandbox.federation.members import Member, credential_file, ensure_members, secrets_of
from tongxing.sandbox.issuers.listening import HOST, listen, serve


def main() -> None:
    arguments = _parser().parse_args()
    listener = listen(arguments.port)
    wanted = [Member(number) for number in range(arguments.first, arguments.last + 1)]
    ensure_members(arguments.directory, wanted)
    hosted = {
        member.id: MemberApp(
            member,
            secrets_of(arguments.directory, member),
            arguments.seed,
            lambda: datetime.now(UTC),
        )
        for member in wanted
    }
    credential = credential_file(arguments.directory).read_text("ascii")
    port = listener.getsockname()[1]
    ready = {"url": f"http://{HOST}:{port}", "members": len(hosted)}
    serve(Hosting(hosted, credential), listener, json.dumps(ready))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tongxing.sandbox.federation", description=__doc__
    )
    parser.add_argument("--directory", type=Path, required=True, help="secrets of the members")
    parser.add_argument("--from", type=int, required=True, dest="first", help="the first member")
    parser.add_argument("--to", type=int, required=True, dest="last", help="the last member")
    parser.add_argument("--port", type=int, default=0, help="0: any free one")
    parser.add_argument("--seed", type=int, default=1)
    return parser


if __name__ == "__main__":
    main()
