"""Where holders of the Zhenjiang code turn to: the endpoints of the city's own app.

``POST /app/declare``: ``{"kind", "number", "name", "place", "declaration": {…}}`` →
``{"color", "basis"}``; 400 for what is no declaration, 409 where the number is another's.
"""

from typing import Annotated

import msgspec

from adapters.sandbox.city_register import CityRegister
from adapters.sandbox.declaration import Declaration
from adapters.sandbox.numbers import is_resident_id
from adapters.sandbox.records import Document, Kind
from adapters.sandbox.reply import Endpoint, Reply, error_reply, json_reply
from adapters.sandbox.testimony import Witness


class _DeclareRequest(msgspec.Struct, forbid_unknown_fields=True):
    kind: Kind
    number: str
    name: str
    place: Annotated[str, msgspec.Meta(pattern=r"^3211[0-9]{2}$")]
    declaration: Declaration


class CityDesk:
    def __init__(self, register: CityRegister, witness: Witness) -> None:
        self._register = register
        self._witness = witness
        self.routes: dict[str, Endpoint] = {"/app/declare": self.declare}

    def declare(self, body: bytes) -> Reply:
        try:
            request = msgspec.json.decode(body, type=_DeclareRequest)
        except msgspec.DecodeError:
            return error_reply(400, "bad_request")
        document = Document(request.kind, request.number, request.name)
        if document.kind is Kind.RESIDENT_ID and not is_resident_id(document.number):
            return error_reply(400, "bad_request")
        at = self._witness.since_opening()
        record = self._register.declare(document, request.declaration, request.place, at)
        if record is None:
            return error_reply(409, "number_is_anothers")
        return json_reply({"color": record.color, "basis": record.basis})
