"""Which of the servers that an address names is the primary, and that nobody goes back to one that
was replaced.

``host=a,b`` names several: one is the primary, the others are its standbys. When one of these is
promoted, its *timeline* is a larger number than that of the primary before it. If that one is still
there, or comes back, there are two that take writes; the larger number is right. Refuses to
know what is stored, and to be sure: a primary that cannot be reached is not seen.
"""

from collections.abc import Callable, Iterator

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from tongxing.gateway.storage.postgres.server_session import DATABASE_ERRORS, PostgresSession

_OF_A_SERVER = ("host", "hostaddr", "port")


class Primaries:
    """``connect_to`` makes a session to one server. ``timeline`` is that of the primary that was
    seen last."""

    def __init__(self, url: str, connect_to: Callable[[str], PostgresSession]) -> None:
        self._url = url
        self._connect_to = connect_to
        self._accepted = 0
        self.timeline = 0

    def connect(self) -> PostgresSession:
        """To the primary; of several, to the latest. Raises psycopg.Error if there is none, or none
        but one that was replaced."""
        found: list[PostgresSession] = []
        error: psycopg.Error | None = None
        for address in _addresses(self._url):
            try:
                found.append(self._seen(self._connect_to(address)))
            except DATABASE_ERRORS as failed:
                error = failed
        found.sort(key=lambda each: each.timeline)
        for each in found[:-1]:
            each.close()
        if not found:
            raise error or psycopg.OperationalError("the address names no server")
        self.timeline = found[-1].timeline
        return found[-1]

    def accept(self, session: PostgresSession) -> None:
        """It holds all that it has to: from now on none that it has replaced is used."""
        self._accepted = max(self._accepted, session.timeline)

    def look(self) -> None:
        """Which primary is the latest now. Nothing is looked for if the address names one server.
        Raises psycopg.Error."""
        if len(list(_addresses(self._url))) > 1:
            self.connect().close()

    def _seen(self, session: PostgresSession) -> PostgresSession:
        try:
            session.see_timeline()
        except DATABASE_ERRORS:
            session.close()
            raise
        if session.timeline < self._accepted:
            session.close()
            raise psycopg.OperationalError("this primary was replaced by another one")
        return session


def _addresses(url: str) -> Iterator[str]:
    """One for each server that ``url`` names, in its order. Raises psycopg.Error."""
    named = {key: str(value) for key, value in conninfo_to_dict(url).items()}
    lists = {key: named[key].split(",") for key in _OF_A_SERVER if key in named}
    for number in range(max(map(len, lists.values()), default=1)):
        own = {key: each[number] if len(each) > 1 else each[0] for key, each in lists.items()}
        yield make_conninfo("", **named | own)
