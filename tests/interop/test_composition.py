"""The subgraph composes, alone and with its neighbours, and no composer has a hint to give."""

import re

import pytest
from graphql import build_schema, is_object_type

from tests.interop.composing import APOLLO, GUILD, composed, subgraphs

COMPOSERS = [
    pytest.param(each, marks=pytest.mark.row(f"composition by {each}", each))
    for each in (APOLLO, GUILD)
]
ALONE, JOINED = "alone", "with a timetable and a hotel register"


@pytest.mark.processes
@pytest.mark.parametrize("composer", COMPOSERS)
@pytest.mark.parametrize("what", [ALONE, JOINED])
def test_it_composes_without_an_error_or_a_hint(composer: str, what: str) -> None:
    given = subgraphs()
    made = composed(given[:1] if what == ALONE else given)[composer]
    assert (made["errors"], made["hints"]) == ([], [])


@pytest.mark.processes
@pytest.mark.parametrize("composer", COMPOSERS)
def test_the_supergraph_says_what_the_subgraph_says(composer: str) -> None:
    supergraph = composed(subgraphs())[composer]["supergraph"]
    schema = build_schema(supergraph, assume_valid_sdl=True)
    query = schema.query_type
    assert query is not None
    said = {
        name: {each.name.value for each in (field.ast_node.directives if field.ast_node else ())}
        for name, field in query.fields.items()
    }
    assert {"inaccessible"} <= said["node"] & said["auditEntries"] & said["trustedDocuments"]
    assert {"requiresScopes", "policy", "tag"} <= said["traveler"]
    assert "authenticated" in said["issuers"]
    assert not {"_service", "_entities"} & said.keys()


@pytest.mark.processes
@pytest.mark.parametrize("composer", COMPOSERS)
def test_an_answer_has_fields_of_others_beside_the_hub_s(composer: str) -> None:
    schema = build_schema(composed(subgraphs())[composer]["supergraph"], assume_valid_sdl=True)
    recognition = schema.type_map["TravelerRecognition"]
    assert is_object_type(recognition)
    assert {"color", "decision", "boarding"} <= recognition.fields.keys()


@pytest.mark.processes
def test_a_graph_that_takes_the_color_for_its_own_does_not_compose() -> None:
    """The check of the checks."""
    given = subgraphs()
    timetable = given[1]
    timetable["sdl"] = re.sub(
        r"(type TravelerRecognition[^{]*\{)", r"\1 color: String!", timetable["sdl"]
    )
    assert all(made["errors"] for made in composed(given).values())
