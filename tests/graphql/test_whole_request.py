"""What all fields of one operation name is counted as each field would count it alone."""

from pathlib import Path
from time import monotonic

from tests.answering.guessing import AT, DAY, guarded
from tongxing.gateway.answering.guesses import GuessLimits
from tongxing.gateway.answering.inquiry import Asker
from tongxing.gateway.graphql.whole_request import WholeRequest
from tongxing.gateway.turns import Turns
from tongxing.sandbox.town.documents import resident_id
from tongxing.schema import DocumentKind, RefusalCode

TOMORROW = f"{AT + 2 * DAY:%Y%m%d}"
MOST = GuessLimits().per_prefix


async def test_a_number_that_cannot_exist_yet_is_no_guess_about_a_person(tmp_path: Path) -> None:
    fields = [
        [{"kind": DocumentKind.RESIDENT_ID, "number": number, "name": "王小明"}]
        for number in (resident_id("321102", TOMORROW, each) for each in range(1, MOST + 3))
    ]
    async with guarded(tmp_path / "state" / "hub.sqlite3") as here:
        await WholeRequest(fields, Asker("city", "r"), here.guard, Turns(monotonic)).count(AT)
        assert await here.stopped() is None
        numbers = [(field[0]["number"], RefusalCode.DOCUMENT_BIRTH_DATE) for field in fields]
        assert await here.refuse([(str(number), rule) for number, rule in numbers])
