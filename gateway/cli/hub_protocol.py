"""HTTP/1.1 as the hub's server reads it: a fast parser, and a bound that it does not have itself.

Responsible for how much of a request is kept before anything of it can be looked at. Bodies have a
bound of their own (``gateway.http.body``).
"""

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEAD_MAX_BYTES = 64 * 1024
"""Read without a head being whole or a byte of a body: many times the longest head of ours,
which is a token of 8 KiB. Error: HTTP 400, and the connection ends."""


class HubProtocol(HttpToolsProtocol):
    """What the parser gathers in silence (a header, a trailer, the name of a chunk) is counted."""

    _silent_bytes = 0

    def data_received(self, data: bytes) -> None:
        self._silent_bytes += len(data)
        super().data_received(data)
        if self._silent_bytes > HEAD_MAX_BYTES and not self.transport.is_closing():
            self.send_400_response("Invalid HTTP request received.")

    def on_headers_complete(self) -> None:
        self._silent_bytes = 0
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        self._silent_bytes = 0
        super().on_body(body)
