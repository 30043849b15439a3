"""Connections on which an issuer sends one answer to one question, and little before it.

Responsible for three things that aiohttp does not have. aiohttp reads interim answers (1xx) for as
long as they come and does not yield to the event loop, so one issuer could stop all others. It
takes what comes on a kept connection while nothing is asked, a late answer or the 408 of a proxy
that waited, for the answer to the next question. And it does not say whether a connection that
ended had been kept, and whether any byte had come on it; instead it repeats every GET by itself,
on a new connection that failed as well.

This is the only file that rests on aiohttp's internals: the protocol class ``ResponseHandler`` with
``set_response_params``, ``data_received``, ``feed_data`` and ``set_exception``, and the connector's
``_factory``.
``tests/adapters/test_http_client.py`` fails if a release changes them.
"""

from functools import partial
from typing import Any

import aiohttp
from aiohttp.client_proto import ResponseHandler

from tongxing.adapters.wire import CONCURRENT_EXCHANGES

KEEPALIVE_SECONDS = 2.0
"""Shorter than the five seconds after which common servers close an idle connection, so that a
question is not sent on a connection that is about to be closed."""

MESSAGES_PER_ANSWER = 8
"""Interim answers (RFC 9110 §15.2) and the answer itself. More are Unreachable."""


FIRST_FINAL_STATUS = 200


class ConnectionEnded(aiohttp.ClientConnectionError):
    """Unlike aiohttp's own errors for this, it does not make aiohttp repeat a GET."""


class KeptConnectionEnded(ConnectionEnded):
    """The connection had been kept after an earlier answer, and no byte came after the question:
    most likely the issuer had closed it before the question arrived."""


class EndlessHints(aiohttp.ClientError):
    """More interim answers than go before an answer."""


class OneAnswerConnector(aiohttp.TCPConnector):
    """``keeps`` says whether a connection is kept for the next question."""

    def __init__(self, *, keeps: bool) -> None:
        if keeps:
            super().__init__(limit=CONCURRENT_EXCHANGES, keepalive_timeout=KEEPALIVE_SECONDS)
        else:
            super().__init__(limit=CONCURRENT_EXCHANGES, force_close=True)
        handler: type[ResponseHandler] = _OneAnswerHandler
        self._factory = partial(handler, loop=self._loop)


class _OneAnswerHandler(ResponseHandler):
    _questions = 0
    _messages = 0
    _heard = False
    _endless = False
    _answer: aiohttp.StreamReader | None = None
    """The body of the answer to the question of now; it is at its end while nothing is asked."""

    def set_response_params(self, **parameters: Any) -> None:
        self._questions += 1
        self._messages = 0
        self._heard = False
        self._answer = None
        super().set_response_params(**parameters)

    def data_received(self, data: bytes) -> None:
        """aiohttp itself hands over no bytes when it reads on."""
        if data and self._answer is not None and self._answer.is_eof():
            self.close()
            return
        self._heard = self._heard or bool(data)
        super().data_received(data)

    def set_exception(self, exc: BaseException, *cause: BaseException) -> None:
        if self._endless:
            exc = EndlessHints()
        elif isinstance(exc, aiohttp.ServerDisconnectedError | aiohttp.ClientOSError):
            was_kept = self._questions > 1 and not self._heard
            exc = KeptConnectionEnded() if was_kept else ConnectionEnded()
        super().set_exception(exc, *cause)

    def feed_data(self, data: Any, size: int = 0) -> None:
        """At the end of an answer aiohttp hands the connection on at once, and what came in the
        same piece after it would be read by the next question."""
        message, payload = data
        if self._answer is not None:
            self.close()
            return
        if message.code >= FIRST_FINAL_STATUS:
            self._answer = payload
        self._messages += 1
        if self._messages <= MESSAGES_PER_ANSWER:
            super().feed_data(data, size)
        elif self._messages == MESSAGES_PER_ANSWER + 1:
            self._endless = True
            self.close()
