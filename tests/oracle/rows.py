"""What is right and not yet so: one name for each row of issue 7 that the decision has to meet.

The oracle judges by what is right. Where its verdict rests on a row that is listed in NOT_YET, the
hub may still answer as before, but never milder than before. Strike a row when it is met: from then
on every case is held to it.
"""

from enum import Enum, unique


@unique
class Row(Enum):
    SCAN_ASKS_FOR_ALL = "1: whoever a scan cannot ask about its holder has not answered"
    ENDED_LIST = "2: a missing or ended list takes a green away that its issuer did not state live"
    LAPSED_COUNTS_AGAINST = "3: what lapsed or is unsigned still counts against"
    CONTRADICTS_ITSELF = "4: a signed green that contradicts itself is unknown"
    SAID_TWICE = "5: JSON that says a thing twice is no statement"
    REVOKED_MEANWHILE = "6: what a trust list revoked in mid-question carries no green"
    ONE_PROVINCE = "7: one province's report does not stand for the nation"
    RED_BESIDE_AN_OUTCOME = "8: no member lifts a signed red"
    LIVE_OR_LISTED = "9: a rule for old lists does not speak on a live red"
    ENDS_OVERLOOKED = "10: no answer outlives a green, key or trust list that it rests on"


NOT_YET = frozenset(Row)
