"""Opens the database that the settings name, whichever kind it is."""

from tongxing.gateway.database_place import DatabasePlace
from tongxing.gateway.storage import Database
from tongxing.gateway.storage.head_file import head_file_of
from tongxing.gateway.storage.postgres import PostgresEngine
from tongxing.keys.signed_note import NoteSigner


def open_database(place: DatabasePlace, *, signer: NoteSigner | None = None) -> Database:
    """As ``Database.over``."""
    if place.url is None:
        return Database.open(place.file, signer=signer)
    return Database.over(PostgresEngine(place.url, head_file_of(place.file)), signer=signer)
