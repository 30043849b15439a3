"""Run one reference issuer: ``python -m tongxing.sandbox.issuers zhenjiang --directory D``.

The rim: arguments and the real clock.
"""

import argparse
import json
from datetime import UTC, datetime
from pathlib import Path

from tongxing.sandbox.issuers.keystore import ensure_issuer
from tongxing.sandbox.issuers.listening import HOST, listen, serve
from tongxing.sandbox.issuers.opening import create_app
from tongxing.sandbox.town.records import IssuerName

DEFAULT_POPULATION = 20_000


def main() -> None:
    arguments = _parser().parse_args()
    issuer = IssuerName(arguments.issuer)
    # First of all: if the port is taken by another issuer, its files must not be touched.
    listener = listen(arguments.port)
    ensure_issuer(arguments.directory, issuer)
    app = create_app(
        issuer,
        arguments.directory,
        seed=arguments.seed,
        population=arguments.population,
        clock=lambda: datetime.now(UTC),
        code_is_new=arguments.new_code,
    )
    port = listener.getsockname()[1]
    ready = {"issuer": issuer, "url": f"http://{HOST}:{port}", "population": arguments.population}
    try:
        serve(app, listener, json.dumps(ready))
    finally:
        app.close()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tongxing.sandbox.issuers", description=__doc__)
    parser.add_argument("issuer", choices=[issuer.value for issuer in IssuerName])
    parser.add_argument("--directory", type=Path, required=True, help="keys and credentials")
    parser.add_argument("--port", type=int, default=0, help="0: any free one")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--population", type=int, default=DEFAULT_POPULATION)
    parser.add_argument(
        "--new-code", action="store_true", help="at the city nobody has a code before declaring"
    )
    return parser


if __name__ == "__main__":
    main()
