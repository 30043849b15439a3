"""Live through the five days: ``python -m tongxing.sandbox.five_days --directory D [--scale 1]``.

Leaves the city's books in ``D/zhenjiang``, where an issuer with the same directory, seed and
population finds them. Prints one line of JSON: what the city counted, what the report says at this
scale, and what the run took. Refuses to write over existing books.
"""

import argparse
import json
import resource
import sys
import time
from dataclasses import asdict
from fractions import Fraction
from pathlib import Path

from tongxing.sandbox.city.city import books_of
from tongxing.sandbox.five_days.in_books import SCALE, SEED, live
from tongxing.sandbox.issuers.keystore import ensure_issuer
from tongxing.sandbox.town.records import IssuerName

_KIB_PER_MIB = 1_024


def main() -> None:
    arguments = _parser().parse_args()
    books = books_of(ensure_issuer(arguments.directory, IssuerName.ZHENJIANG), arguments.seed)
    if books.exists():
        sys.exit(f"{books} is there already: take another --directory or --seed")
    sys.stdout.write(json.dumps(_live(books, arguments.scale, arguments.seed)) + "\n")


def _parser() -> argparse.ArgumentParser:
    program = "python -m tongxing.sandbox.five_days"
    parser = argparse.ArgumentParser(prog=program, description=__doc__)
    parser.add_argument("--directory", type=Path, required=True, help="where issuers lie")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--scale", type=Fraction, default=SCALE, help="1 is everybody")
    return parser


def _live(books: Path, scale: Fraction, seed: int) -> dict[str, object]:
    began = time.perf_counter()
    lived = live(books, scale, seed)
    used = resource.getrusage(resource.RUSAGE_SELF)
    return {
        "scale": float(scale),
        "seed": seed,
        "population": lived.report.applied,
        "counted": lived.counted,
        "report": asdict(lived.report),
        "seconds": round(time.perf_counter() - began, 1),
        "cpu_seconds": round(used.ru_utime + used.ru_stime, 1),
        "peak_memory_mib": used.ru_maxrss // _KIB_PER_MIB,
    }


if __name__ == "__main__":
    main()
