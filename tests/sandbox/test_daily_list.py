"""The province's daily list, read from docs/wire-formats.md §6."""

import json
import time

from tests.connection import connection
from tests.sandbox.clients import RunningIssuer, document
from tests.sandbox.decoders import Json, digest, open_compact

PATH = "/v1/lists/daily"


def fetched(issuer: RunningIssuer) -> tuple[Json, bytes]:
    """The head, once its signature is good, and what follows it."""
    response = issuer.http.get(PATH)
    assert response.status_code == 200
    head, _, lines = response.content.partition(b"\n")
    return open_compact(head.decode(), issuer.jwk, "daily-list+jwt"), lines


def subject(persona: str) -> str:
    about = document(persona)
    parts = ("daily-list-subject-v1", "sukangma", about.kind.value, about.number, about.name)
    return digest("\0".join(parts).encode())


def test_the_head_is_signed_and_speaks_of_exactly_these_lines(sukangma: RunningIssuer) -> None:
    head, lines = fetched(sukangma)
    assert head["iss"] == "sukangma"
    assert (head["entries"], head["sha256"]) == (lines.count(b"\n"), digest(lines))
    assert head["as_of"] <= time.time() < head["valid_until"]
    assert head["as_of"] < head["next_at"] <= head["valid_until"]


def test_reds_and_yellows_are_on_it_in_order_and_greens_are_not(sukangma: RunningIssuer) -> None:
    _, lines = fetched(sukangma)
    entries = [json.loads(line) for line in lines.splitlines()]
    subjects = [entry[0] for entry in entries]
    assert subjects == sorted(set(subjects))
    colors = {entry[0]: entry[1] for entry in entries}
    assert set(colors.values()) == {"red", "yellow"}
    assert colors[subject("red_everywhere")] == "red"
    assert colors[subject("yellow_everywhere")] == "yellow"
    assert subject("green_everywhere") not in colors


def test_nobody_is_on_it_in_the_clear(sukangma: RunningIssuer) -> None:
    _, lines = fetched(sukangma)
    assert document("red_everywhere").number.encode() not in lines
    assert document("red_everywhere").name.encode() not in lines


def test_what_goes_wrong_with_answers_does_not_go_wrong_with_it(
    sukangma: RunningIssuer,
) -> None:
    _, before = fetched(sukangma)
    with sukangma.misbehaving("turned_red"):
        assert fetched(sukangma)[1] == before


def test_it_is_given_to_nobody_without_the_credential(sukangma: RunningIssuer) -> None:
    with connection(sukangma.url) as stranger:
        assert stranger.get(PATH).status_code == 401
