"""Every planted fault, and the one check that is meant for it.

A fault concerns one person, one call or one group, so that nothing but its own claim is broken.
"""

import json
from base64 import urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from time import time

from tests.conformance.hosting import Call, Members, Resigner, Spoil, bent
from tests.conformance.issuers import Tried

Edit = Callable[[Members], object]
Planting = Callable[[Tried], Spoil]


@dataclass(frozen=True)
class Fault:
    """``check`` is the id of the check that has to find it; ``plant`` gives what spoils answers."""

    name: str
    check: str
    plant: Planting
    issuer: str = "zhenjiang"


def _of(tried: Tried, call: Call) -> bool:
    """Whether only the first person is asked about, by document."""
    first = tried.participant.persons[0].document
    if call.path != "/v1/status":
        return False
    asked = json.loads(call.asked)["questions"]
    return [(each["number"], each["name"]) for each in asked] == [(first.number, first.name)]


def _questions(call: Call) -> list[str]:
    return [each["number"] for each in json.loads(call.asked)["questions"]]


def on(path: str, change: Callable[[Call], object]) -> Planting:
    def plant(_tried: Tried) -> Spoil:
        def spoil(call: Call) -> None:
            if call.path.endswith(path):
                change(call)

        return spoil

    return plant


def about_first(change: Callable[[Call], object]) -> Planting:
    """Changes the answer about the first person alone."""

    def plant(tried: Tried) -> Spoil:
        def spoil(call: Call) -> None:
            if _of(tried, call):
                change(call)

        return spoil

    return plant


def claims(edit: Edit, header: Members | None = None) -> Planting:
    """Changes the first person's claims, and signs them again."""

    def plant(tried: Tried) -> Spoil:
        assert tried.signer is not None
        resigner = Resigner(tried.signer, header or {})

        def spoil(call: Call) -> None:
            if _of(tried, call):
                call.write({"statements": [resigner.again(each, edit) for each in _all(call)]})

        return spoil

    return plant


def _all(call: Call) -> list[str]:
    found: list[str] = call.json()["statements"]
    return found


def of_nobody(number: str, edit: Edit) -> Planting:
    """Changes the claims about the person of label ``number``, who has no code."""

    def plant(tried: Tried) -> Spoil:
        assert tried.signer is not None
        resigner = Resigner(tried.signer)
        (person,) = [each for each in tried.participant.persons if each.label == number]

        def spoil(call: Call) -> None:
            if call.path == "/v1/status" and _questions(call) == [person.document.number]:
                call.write({"statements": [resigner.again(each, edit) for each in _all(call)]})

        return spoil

    return plant


def batch(change: Callable[[list[object]], list[object]], *, more_than: int = 1) -> Planting:
    """Changes the list of a batch's statements."""

    def change_batch(call: Call) -> None:
        if len(_questions(call)) > more_than:
            call.write({"statements": change(list(_all(call)))})

    return on("/v1/status", change_batch)


def _another_color_at_the_end(tried: Tried) -> Spoil:
    assert tried.signer is not None
    resigner = Resigner(tried.signer)

    def spoil(call: Call) -> None:
        if call.path == "/v1/status" and len(_questions(call)) > 1:
            *kept, last = _all(call)
            yellow = {"color": "黄码", "basis": ["cross_check"]}
            call.write({"statements": [*kept, resigner.again(last, lambda c: c.update(yellow))]})

    return spoil


def _busy_in_a_crowd(tried: Tried) -> Spoil:
    """After the batches, one question is refused without a word on when to come again."""
    seen: set[str] = set()

    def spoil(call: Call) -> None:
        if call.path == "/v1/code" and call.status == 404:
            seen.add("crowd")
        if "crowd" in seen and _of(tried, call):
            seen.clear()
            call.write({"error": "busy"}, 503)

    return spoil


def header(name: str, text: str) -> Callable[[Call], None]:
    return lambda call: call.headers.update({name: text})


def _expires(status: int) -> Callable[[Call], None]:
    """What had ``status`` is an expired code."""

    def change(call: Call) -> None:
        if call.status == status:
            call.write({"error": "code_expired"}, 410)

    return change


def _twice(call: Call) -> None:
    call.body = b'{"statements": [],' + call.body[1:]


def _not_a_text(call: Call) -> None:
    call.write({"statements": [17]})


def _from_now(seconds: int) -> int:
    return int(time()) + seconds


def _enrolled(members: Members) -> None:
    now = members["iat"]
    members.update(
        enrolled=True,
        color="绿码",
        basis=["declared"],
        place="321102",
        as_of=now,
        valid_until=now + 86_400,
        update_required=False,
    )


def _report_of_first(change: Callable[[Call], object]) -> Planting:
    def plant(tried: Tried) -> Spoil:
        def spoil(call: Call) -> None:
            if call.path == "/corrections" and json.loads(call.asked)["number"] == tried.number:
                change(call)

        return spoil

    return plant


@dataclass
class _Counted:
    """Another reference for the report that comes again."""

    count: int = 0

    def __call__(self, call: Call) -> None:
        self.count += 1
        if self.count > 1:
            call.write({"reference": f"reference-number-{self.count:04d}"})


def _report_of_first_again(tried: Tried) -> Spoil:
    return _report_of_first(_Counted())(tried)


def _report_of_nobody(call: Call) -> None:
    if call.status == 404:
        call.write({"reference": "reference-of-nobody"}, 200)


def _thinks(call: Call) -> None:
    if call.status == 200:
        call.write({"state": "thinking", "decided_at": None})


def _invented(call: Call) -> None:
    if call.status == 404:
        call.write({"state": "received", "decided_at": None}, 200)


def _list(change: Callable[[str, bytes, int, Resigner], tuple[str, bytes]]) -> Planting:
    """Changes head and lines of a daily list; the third argument counts its requests."""

    def plant(tried: Tried) -> Spoil:
        assert tried.signer is not None
        resigner, count = Resigner(tried.signer), iter(range(99))

        def spoil(call: Call) -> None:
            if call.path == "/v1/lists/daily":
                head, _, lines = call.body.partition(b"\n")
                changed, lines = change(head.decode(), lines, next(count), resigner)
                call.body = changed.encode() + b"\n" + lines

        return spoil

    return plant


def _with_lines(head: str, lines: bytes, resigner: Resigner, entries: int) -> tuple[str, bytes]:
    """Lines that the head covers."""
    digest = urlsafe_b64encode(sha256(lines).digest()).rstrip(b"=").decode()
    edit: Edit = lambda claims: claims.update(sha256=digest, entries=entries)  # noqa: E731
    return resigner.again(head, edit), lines


def _a_red_is_missing(
    head: str, lines: bytes, _count: int, resigner: Resigner
) -> tuple[str, bytes]:
    """Whoever is red has gone; the list is signed and whole."""
    kept = [line for line in lines.splitlines(keepends=True) if b'"red"' not in line]
    return _with_lines(head, b"".join(kept), resigner, len(kept))


def _goes_back(head: str, lines: bytes, count: int, resigner: Resigner) -> tuple[str, bytes]:
    edit: Edit = lambda claims: claims.update(as_of=claims["as_of"] - 60 * count)  # noqa: E731
    return resigner.again(head, edit), lines


def _filter(change: Callable[[Members], object]) -> Planting:
    """Changes the head of the second filter, and signs it again with the member's key."""

    def plant(tried: Tried) -> Spoil:
        resigner, count = Resigner(tried.reference._secrets.signer), iter(range(99))

        def spoil(call: Call) -> None:
            if call.path.endswith("/v1/filters/membership") and next(count):
                head, _, octets = call.body.partition(b"\n")
                call.body = resigner.again(head.decode(), change).encode() + b"\n" + octets

        return spoil

    return plant


def _bend_head(call: Call) -> None:
    head, _, rest = call.body.partition(b"\n")
    call.body = bent(head.decode()).encode() + b"\n" + rest


def _bend_octets(call: Call) -> None:
    call.body = call.body[:-1] + bytes([call.body[-1] ^ 1])


def member_fault(name: str) -> Planting:
    """One that the member has itself."""

    def plant(tried: Tried) -> Spoil:
        tried.reference.misbehave(name.encode())
        return lambda _call: None

    return plant


def _changes(edit: Edit) -> Planting:
    def plant(tried: Tried) -> Spoil:
        assert tried.signer is not None
        resigner = Resigner(tried.signer)

        def spoil(call: Call) -> None:
            if call.path == "/v1/changes":
                page = call.json()
                page["changes"] = [resigner.again(each, edit) for each in page["changes"]]
                call.write(page)

        return spoil

    return plant


def _bend_changes(call: Call) -> None:
    page = call.json()
    call.write(page | {"changes": [bent(each) for each in page["changes"]]})


def _gap(members: Members) -> None:
    members["seq"] += 1


FAULTS: tuple[Fault, ...] = (
    Fault("compressed", "http.not-compressed", about_first(header("content-encoding", "gzip"))),
    Fault("status 418", "http.status", about_first(lambda call: setattr(call, "status", 418))),
    Fault("busy without a time", "http.retry-after", _busy_in_a_crowd),
    Fault("text/plain", "json.content-type", about_first(header("content-type", "text/plain"))),
    Fault("a member twice", "json.unique-members", about_first(_twice)),
    Fault("no statement", "statement.given", about_first(_not_a_text)),
    Fault("another algorithm", "key.suite", claims(lambda _claims: None, header={"alg": "EdDSA"})),
    Fault("another speaker", "statement.speaker", claims(lambda c: c.update(iss="elsewhere"))),
    Fault(
        "a life of an hour",
        "statement.content",
        claims(lambda c: c.update(exp=c["iat"] + 3_600)),
    ),
    Fault(
        "already ended",
        "time.not-ended",
        claims(lambda c: c.update(iat=_from_now(-90), exp=_from_now(-30))),
    ),
    Fault("a place elsewhere", "code.place", claims(lambda c: c.update(place="320102"))),
    Fault("a state of tomorrow", "code.as-of", claims(lambda c: c.update(as_of=_from_now(86_400)))),
    Fault(
        "ends before it begins",
        "code.validity",
        claims(lambda c: c.update(valid_until=c["as_of"] - 1)),
    ),
    Fault(
        "a green with a danger",
        "code.words",
        claims(lambda c: c.update(basis=["close_contact"])),
    ),
    Fault("another color", "code.color", claims(lambda c: c.update(color="黄码"))),
    Fault("a code for nobody", "nobody.no-record", of_nobody("unknown", _enrolled)),
    Fault(
        "says why",
        "nobody.alike",
        of_nobody("unknown", lambda c: c.update(reason="no such number")),
    ),
    Fault("one answer short", "batch.answered", batch(lambda entries: entries[:-1])),
    Fault("back to front", "batch.order", batch(lambda entries: entries[::-1])),
    Fault(
        "unsigned in a batch",
        "batch.believed",
        batch(lambda entries: [bent(str(e)) for e in entries]),
    ),
    Fault("one spoils another", "batch.alone", batch(lambda entries: [17, *entries[1:-1], 17])),
    Fault("twice, in two colors", "batch.duplicates", _another_color_at_the_end),
    Fault("only small batches", "batch.whole", batch(lambda e: e[:-1], more_than=10)),
    Fault(
        "a fresh code has expired",
        "scan.stated",
        on("/v1/code", _expires(200)),
    ),
    Fault(
        "any code is its own",
        "scan.foreign",
        on("/v1/code", _expires(404)),
    ),
    Fault(
        "takes no report",
        "corrections.taken",
        _report_of_first(lambda call: call.write({"error": "no_such_endpoint"}, 404)),
    ),
    Fault("a second report", "corrections.once", _report_of_first_again),
    Fault("thinks", "corrections.state", on("/corrections/state", _thinks)),
    Fault("invents a report", "corrections.unknown", on("/corrections/state", _invented)),
    Fault("reports about nobody", "corrections.nobody", on("/corrections", _report_of_nobody)),
    Fault("forged list", "list.signed", on("/v1/lists/daily", _bend_head), "sukangma"),
    Fault(
        "a line is lost",
        "list.whole",
        _list(lambda head, lines, _count, _resigner: (head, lines[lines.index(b"\n") + 1 :])),
        "sukangma",
    ),
    Fault("a red is missing", "list.persons", _list(_a_red_is_missing), "sukangma"),
    Fault("the list goes back", "list.forward", _list(_goes_back), "sukangma"),
    Fault("forged filter", "filter.signed", member_fault("wrong_key"), "member"),
    Fault("an old filter", "filter.signed", member_fault("stale"), "member"),
    Fault("another filter key", "filter.made", member_fault("another_filter_key"), "member"),
    Fault("a holder left out", "filter.persons", member_fault("leaves_out"), "member"),
    Fault(
        "the filter goes back",
        "filter.forward",
        _filter(lambda c: c.update(as_of=c["as_of"] - 60)),
        "member",
    ),
    Fault("forged changes", "changes.signed", on("/v1/changes", _bend_changes)),
    Fault("a change is missing", "changes.numbered", _changes(_gap)),
    Fault(
        "names a person",
        "changes.nameless",
        _changes(lambda c: c.update(document={"number": "1"})),
    ),
)
