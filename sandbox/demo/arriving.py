"""The arrival in the story: a gate records it, the district of destination takes note of it."""

from time import monotonic

from tongxing.sandbox.demo.expectations import Observed
from tongxing.sandbox.demo.stage import Stage

DESTINATION = "321102"

RECORD = """
mutation Record($receipt: String!, $destination: RegionCode!) {
  recordArrival(receipt: $receipt, destination: $destination) {
    __typename
    ... on Arrival { id holder district }
  }
}
"""
NOTICES = """
query Notices($region: RegionCode!) {
  arrivalNotices(region: $region) { edges { node { id color decision recordedBy } } }
}
"""
ACKNOWLEDGE = """
mutation Acknowledge($id: ID!) {
  acknowledgeArrival(id: $id) {
    __typename
    ... on Arrival { id acknowledgedBy }
  }
}
"""


def arrives(stage: Stage) -> Observed:
    """The first traveler whom the city recognized goes to a district, handed in twice over."""
    began = monotonic()
    asked = {"receipt": stage.answers[0]["receipt"], "destination": DESTINATION}
    recorded = [stage.city.ask(RECORD, asked)["recordArrival"] for _ in range(2)]
    arrivals = {each["id"] for each in recorded if each["__typename"] == "Arrival"}
    noticed = _noticed(stage)
    for arrival in arrivals:
        stage.district.ask(ACKNOWLEDGE, {"id": arrival})
    return Observed(
        {
            "handed_in": len(recorded),
            "arrivals": len(arrivals),
            "noticed": len(noticed & arrivals),
            "left_to_acknowledge": len(_noticed(stage)),
        },
        monotonic() - began,
    )


def _noticed(stage: Stage) -> set[str]:
    edges = stage.district.ask(NOTICES, {"region": DESTINATION})["arrivalNotices"]["edges"]
    return {edge["node"]["id"] for edge in edges}
