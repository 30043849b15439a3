"""Connections on which an issuer sends one answer to one question, and little before it.

Responsible for a limit that aiohttp does not have. aiohttp reads interim answers (1xx) for as long
as they come and does not yield to the event loop, so one issuer could stop all others.

This is the only file that rests on aiohttp's internals: the protocol class ``ResponseHandler`` with
``set_response_params`` and ``feed_data``, and the connector's ``_factory``.
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


class OneAnswerConnector(aiohttp.TCPConnector):
    def __init__(self) -> None:
        super().__init__(limit=CONCURRENT_EXCHANGES, keepalive_timeout=KEEPALIVE_SECONDS)
        handler: type[ResponseHandler] = _OneAnswerHandler
        self._factory = partial(handler, loop=self._loop)


class _OneAnswerHandler(ResponseHandler):
    _messages = 0

    def set_response_params(self, **parameters: Any) -> None:
        self._messages = 0
        super().set_response_params(**parameters)

    def feed_data(self, data: Any, size: int = 0) -> None:
        self._messages += 1
        if self._messages <= MESSAGES_PER_ANSWER:
            super().feed_data(data, size)
        elif self._messages == MESSAGES_PER_ANSWER + 1:
            self.set_exception(aiohttp.ServerDisconnectedError())
            self.close()
