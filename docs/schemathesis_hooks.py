"""Hooks with which Schemathesis asks a hub (docs/interoperability.md): what the SDL cannot say.

A scalar gets values of its form, so that questions reach the hub's own rules. Of the answers with
errors, those are no failure whose code tells of a rule that no SDL can state: a right, a bound, a
relation of two arguments. Every other code is one, INTERNAL and DOCUMENT_INVALID among them.
"""

from datetime import datetime

import schemathesis
from hypothesis import strategies as st
from schemathesis import Response
from schemathesis.graphql import nodes

REGIONS = ("321100", "321102", "110000", "420100", "000000")
SINCE, UNTIL = datetime(2020, 1, 1), datetime(2030, 1, 1)  # noqa: DTZ001 - the zone is written behind
BASE64URL = "[A-Za-z0-9_-]"


def texts(pattern: str) -> st.SearchStrategy:
    return st.from_regex(pattern, fullmatch=True).map(nodes.String)


SCALARS = {
    "AlarmNote": texts("[a-z]{1,200}"),
    "AuditIndex": st.integers(0, 2**53 - 1).map(nodes.Int),
    "AuditLogCheckpoint": texts("[a-z]{1,20}"),
    "AuditLogProof": texts("[a-z]{1,20}"),
    "DateTime": st.datetimes(SINCE, UNTIL).map(lambda at: nodes.String(f"{at.isoformat()}Z")),
    "HolderRef": texts(f"{BASE64URL}{{22}}"),
    "RecognitionReceipt": texts(rf"{BASE64URL}{{1,40}}\.{BASE64URL}{{1,40}}\.{BASE64URL}{{86}}"),
    "RegionCode": st.sampled_from(REGIONS).map(nodes.String),
    "Sha256Digest": texts(f"{BASE64URL}{{43}}"),
    "StatementBytes": texts(f"{BASE64URL}{{4,40}}"),
    "UncheckedRegionCode": texts("[0-9]{6}"),
}

for name, strategy in SCALARS.items():
    schemathesis.graphql.scalar(name, strategy)

RIGHTS = {"FORBIDDEN_SCOPE", "FORBIDDEN_REGION", "FORBIDDEN_PURPOSE"}
RELATIONS = {"EXACTLY_ONE", "FIRST_AND_LAST", "FIGURE_STEP", "WINDOW_ORDER"}
BOUNDS = {
    "BATCH_SIZE",
    "DOCUMENT_TOO_COMPLEX",
    "DOCUMENT_TOO_DEEP",
    "DOCUMENT_TOO_LARGE",
    "PAGE_SIZE",
    "POPULATION_SIZE",
    "TOO_FEW_TRAVELERS",
    "TOO_MANY_ENTRIES",
    "TOO_MANY_EXPLANATIONS",
    "TOO_MANY_STATEMENTS",
    "WINDOW_SIZE",
}
NOT_THERE = {"INVALID_CURSOR", "REGION_UNKNOWN", "UNKNOWN_HOLDER_REF"}
EXPECTED = RIGHTS | RELATIONS | BOUNDS | NOT_THERE


@schemathesis.hook
def filter_failure(_context: object, _failure: object, _case: object, response: Response) -> bool:
    """False if the hub refused for nothing but what the SDL could not have told."""
    try:
        errors = response.json()["errors"]
    except (ValueError, KeyError, TypeError):
        return True
    return not {error["extensions"]["code"] for error in errors} <= EXPECTED
