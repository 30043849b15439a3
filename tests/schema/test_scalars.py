"""A scalar has one form on its way out, and refuses every other value at the door."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, datetime, timedelta, timezone
from hashlib import sha256

import pytest
from graphql import GraphQLError, GraphQLScalarType
from hypothesis import given
from hypothesis import strategies as st

from tongxing.gateway.graphql.root import graphql_schema
from tongxing.gateway.graphql.strawberry_internals import core_schema

SCHEMA = core_schema(graphql_schema())


def scalar(name: str) -> GraphQLScalarType:
    found = SCHEMA.type_map[name]
    assert isinstance(found, GraphQLScalarType)
    return found


TAKEN = {
    "UTC": ("2020-03-01T00:00:00Z", 0),
    "Beijing's offset": ("2020-03-01T08:00:00+08:00", 0),
    "milliseconds": ("2020-03-01T00:00:00.250Z", 250),
    "small letters, RFC 3339 §5.6": ("2020-03-01t00:00:00z", 0),
    "more digits than are kept": ("2020-03-01T00:00:00.123456789Z", 123.456),
}


@pytest.mark.parametrize(("text", "milliseconds"), TAKEN.values(), ids=TAKEN)
def test_a_moment_is_taken_with_any_offset(text: str, milliseconds: float) -> None:
    expected = datetime(2020, 3, 1, tzinfo=UTC) + timedelta(milliseconds=milliseconds)
    assert scalar("DateTime").coerce_input_value(text) == expected


NO_MOMENT = {
    "no zone": "2020-03-01T00:00:00",
    "a day alone": "2020-03-01",
    "an ISO 8601 week": "2020-W09-7T00:00:00Z",
    "basic form": "20200301T000000Z",
    "a space for the T": "2020-03-01 00:00:00Z",
    "minutes alone": "2020-03-01T00:00Z",
    "no such day": "2020-02-30T00:00:00Z",
    "no such hour": "2020-03-01T25:00:00Z",
    "a leap second": "2020-12-31T23:59:60Z",
    "the end of the calendar": "9999-12-31T23:59:59Z",
    "the year 0": "0000-01-01T00:00:00Z",
    "an offset of a whole day": "2020-03-01T00:00:00+24:00",
    "digits of another script": "２０２０-03-01T00:00:00Z",
    "a line behind it": "2020-03-01T00:00:00Z\n",
    "a number": 1_583_020_800,
    "nothing": "",
}


@pytest.mark.parametrize("value", NO_MOMENT.values(), ids=NO_MOMENT)
def test_what_names_no_single_moment_is_refused(value: object) -> None:
    with pytest.raises((GraphQLError, ValueError)):
        scalar("DateTime").coerce_input_value(value)


@given(
    st.datetimes(
        min_value=datetime(1, 1, 4),  # noqa: DTZ001 - naive bounds, as hypothesis takes them
        max_value=datetime(9999, 12, 28),  # noqa: DTZ001 - as above
        timezones=st.just(UTC),
    ),
    st.integers(-14 * 60, 14 * 60),
)
def test_a_moment_leaves_in_one_form_and_never_later_than_it_is(
    moment: datetime, minutes: int
) -> None:
    there = moment.astimezone(timezone(timedelta(minutes=minutes)))
    written = scalar("DateTime").coerce_output_value(there)
    assert len(written) == len("2020-03-01T00:00:00.000Z")
    read = scalar("DateTime").coerce_input_value(written)
    assert timedelta(0) <= moment - read < timedelta(milliseconds=1)


PLACES = {
    "the whole country": "000000",
    "a province": "320000",
    "a city": "321100",
    "a district": "321102",
    "a city without districts": "441900",
    "a county under its province": "419001",
    "a district that was dissolved in 2021": "330103",
    "Taiwan": "710000",
    "Hong Kong": "810000",
}


@pytest.mark.parametrize("code", PLACES.values(), ids=PLACES)
def test_a_division_is_taken(code: str) -> None:
    assert scalar("RegionCode").coerce_input_value(code) == code


NO_PLACES = {
    "no such province": "999999",
    "no such city": "329900",
    "no such district": "321199",
    "a county that was dissolved in 2002": "321121",
    "a province's number in another row": "100000",
    "five digits": "32110",
    "digits of another script": "３２１１００",
    "a name": "镇江市",
    "a number": 321100,
}


@pytest.mark.parametrize("code", NO_PLACES.values(), ids=NO_PLACES)
def test_a_division_that_does_not_exist_is_refused(code: object) -> None:
    with pytest.raises((GraphQLError, ValueError)):
        scalar("RegionCode").coerce_input_value(code)


def test_every_scalar_of_ours_says_where_it_is_specified() -> None:
    given_by_graphql = {"String", "Int", "Float", "Boolean", "ID"}
    given_by_federation = {"_FieldSet", "link__Import"}
    ours = {
        name: kind.specified_by_url
        for name, kind in SCHEMA.type_map.items()
        if isinstance(kind, GraphQLScalarType)
        and name not in given_by_graphql | given_by_federation
    }
    assert ours
    assert [name for name, url in ours.items() if not (url or "").startswith("https://")] == []


ANYTHING = ["321100", "zzz", "", "王安宁", 321100, ["321100"], {"code": "321100"}, 1.5, True]


@pytest.mark.parametrize("value", ANYTHING, ids=repr)
def test_anything_is_taken_for_the_region_of_an_entry(value: object) -> None:
    taken = scalar("UncheckedRegionCode").coerce_input_value(value)
    assert taken == (value if isinstance(value, str) else "")


def test_the_bytes_of_a_statement_leave_as_base64url_and_come_from_nobody() -> None:
    octets = bytes(range(256))
    text = scalar("StatementBytes").coerce_output_value(octets)
    assert urlsafe_b64decode(text + "==") == octets
    assert not set(text) & set("+/=")
    with pytest.raises((GraphQLError, ValueError)):
        scalar("StatementBytes").coerce_input_value(text)


@given(st.binary())
def test_a_digest_leaves_in_one_form_however_the_hub_holds_it(content: bytes) -> None:
    digest = sha256(content)
    shown = urlsafe_b64encode(digest.digest()).rstrip(b"=").decode()
    for held in (shown, digest.hexdigest()):
        assert scalar("Sha256Digest").coerce_output_value(held) == shown
