"""Whether the address on the command line answers 200: for a container that has no shell.

Ends with 0 or 1, and says what was answered. Uses the standard library alone, because it is started
every few seconds.
"""

import sys
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from urllib.parse import urlsplit

PATIENCE_SECONDS = 4.0
"""More than /readyz takes to find out that something does not answer, and less than the
container's own patience."""


def main(url: str) -> int:
    parts = urlsplit(url)
    connection = HTTPConnection(parts.netloc, timeout=PATIENCE_SECONDS)
    try:
        connection.request("GET", parts.path)
        answer = connection.getresponse()
        said = f"{answer.status} {answer.read(1_000).decode('utf-8', 'replace')}"
        is_well = answer.status == HTTPStatus.OK
    except (OSError, HTTPException) as error:
        said, is_well = str(error) or type(error).__name__, False
    finally:
        connection.close()
    sys.stdout.write(f"{said}\n")
    return 0 if is_well else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
