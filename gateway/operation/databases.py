"""Opens the database that the settings name, whichever kind it is."""

from typing import NamedTuple

from tongxing.gateway.database_place import DatabasePlace
from tongxing.gateway.storage import Database
from tongxing.gateway.storage.head_file import head_file_of
from tongxing.gateway.storage.postgres import PostgresEngine
from tongxing.gateway.storage.postgres.server_engine import SERVER_SCHEMA_VERSION
from tongxing.gateway.storage.sqlite import SCHEMA_VERSION, form_of
from tongxing.keys.signed_note import NoteSigner


class TableForms(NamedTuple):
    """Which form the tables ``held`` have, and which one this program gives them."""

    held: int
    known: int


def form_of_database(place: DatabasePlace) -> TableForms:
    """Nothing is changed. Raises StorageRefused, StorageUnavailable."""
    if place.url is None:
        return TableForms(form_of(place.file), SCHEMA_VERSION)
    return TableForms(
        PostgresEngine(place.url, head_file_of(place.file)).form(), SERVER_SCHEMA_VERSION
    )


def open_database(place: DatabasePlace, *, signer: NoteSigner | None = None) -> Database:
    """As ``Database.over``."""
    if place.url is None:
        return Database.open(place.file, signer=signer)
    return Database.over(PostgresEngine(place.url, head_file_of(place.file)), signer=signer)
