"""What a browser holds of a session, and which requests of it count.

A session is a cookie that no script reads and no other site's page sends with a form; a request
that changes something must come from a page of this hub (W3C Fetch Metadata).
"""

from collections.abc import Callable
from datetime import datetime
from typing import Protocol

from starlette.requests import Request
from starlette.responses import Response


class HeldSession(Protocol):
    @property
    def token(self) -> str: ...
    @property
    def ends_at(self) -> datetime: ...


class SessionCookie:
    """``is_secure``: the hub is asked over TLS, and the cookie never leaves it (``__Host-``,
    RFC 6265bis §4.1.3). ``name`` is the kind of session."""

    def __init__(self, name: str, *, is_secure: bool, clock: Callable[[], datetime]) -> None:
        self._name = f"__Host-tongxing-{name}" if is_secure else f"tongxing-{name}"
        self._is_secure = is_secure
        self._clock = clock

    def read(self, request: Request) -> str | None:
        return request.cookies.get(self._name)

    def give(self, response: Response, session: HeldSession) -> None:
        """``lax``: a person who comes back from the sign-in of another site is signed in."""
        seconds = int((session.ends_at - self._clock()).total_seconds())
        response.set_cookie(
            self._name,
            session.token,
            max_age=max(seconds, 0),
            path="/",
            secure=self._is_secure,
            httponly=True,
            samesite="lax",
        )

    def take_back(self, response: Response) -> None:
        response.delete_cookie(
            self._name, path="/", secure=self._is_secure, httponly=True, samesite="lax"
        )


def comes_from_a_page_of_ours(request: Request) -> bool:
    """Whether a form or a script of this hub sent ``request``. Browsers that say nothing of
    ``Sec-Fetch-Site`` say the origin of what they post (RFC 6454 §7)."""
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site == "same-origin"
    origin = request.headers.get("origin", "")
    return origin.partition("://")[2] == request.headers.get("host", "")
