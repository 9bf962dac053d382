"""One client's HTTP connection: it must ask in time and in few bytes, or it is closed.

Nothing of a body is unpacked, and nothing is read of one that no handler wants: both would let a
stranger, who has no token, keep the event loop busy for minutes.
"""

import asyncio
import logging

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from server.limits import DoorLimits
from server.log import AccessLog, access
from server.web.answers import HEADERS, as_answer

logger = logging.getLogger(__name__)

_END_OF_HEADER = b"\r\n\r\n"
_TOO_LONG = "\r\n".join(
    [
        "HTTP/1.1 431 Request Header Fields Too Large",
        "Connection: close",
        "Content-Length: 0",
        *(f"{name}: {value}" for name, value in HEADERS.items()),
        "",
        "",
    ]
).encode()


class Connection(web.RequestHandler):
    """Speaks HTTP with one client. Belongs to one event loop."""

    def __init__(self, server: web.Server, limits: DoorLimits) -> None:
        super().__init__(
            server,
            loop=asyncio.get_running_loop(),
            access_log_class=AccessLog,
            access_log=access,
            keepalive_timeout=limits.idle_s,
            max_headers=limits.header_fields,
            auto_decompress=False,
            lingering_time=0.0,
        )
        self.ended = asyncio.Event()
        """Set when the connection is over."""
        self.asked = False
        """Whether a whole request came."""
        self.trusted = False
        """Whether a request bore the token."""
        self.since = self._loop.time()
        """When it last began to be silent, by the loop's clock."""
        self._limits = limits
        self._header_bytes, self._tail = 0, b""
        self._clock: asyncio.TimerHandle | None = None

    @property
    def idle(self) -> bool:
        """Whether no request of it is being answered."""
        return self._current_request is None and not self._messages

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._start_clock()

    def connection_lost(self, exc: BaseException | None) -> None:
        self._stop_clock()
        super().connection_lost(exc)
        self.ended.set()

    def data_received(self, data: bytes) -> None:
        idle, before = self.idle, self._request_count
        if idle and not self._fits(data):
            self._refuse_header()
            return
        super().data_received(data)
        if self._request_count != before:
            self.asked, self._header_bytes, self._tail = True, 0, b""
            self.since = self._loop.time()
            self._stop_clock()
        elif idle and self._clock is None:
            self._start_clock()

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """Answer what the application never saw, or could not: with its headers, and a sentence."""
        if isinstance(exc, HttpProcessingError):
            answer = as_answer(status, "this is not a request that HTTP knows")
        else:
            self.log_exception("a request failed outside the application", exc_info=exc)
            answer = as_answer(status, "the service failed to answer; its log says why")
        if request.writer.output_size > 0:
            raise ConnectionError("half an answer is sent already")
        answer.headers.update(HEADERS)
        answer.force_close()
        return answer

    def drop(self) -> None:
        """End it now, in favour of another client."""
        if self.transport is not None:
            self.transport.abort()

    def _fits(self, data: bytes) -> bool:
        """Whether the header that `data` continues is short enough so far."""
        window = self._tail + data[: self._limits.header_bytes]
        end = window.find(_END_OF_HEADER)
        self._header_bytes += len(data) if end < 0 else end
        self._tail = window[1 - len(_END_OF_HEADER) :]
        return self._header_bytes <= self._limits.header_bytes

    def _refuse_header(self) -> None:
        logger.info("a request with too long a header was refused")
        if self.transport is not None:
            self.transport.write(_TOO_LONG)
        self.force_close()

    def _start_clock(self) -> None:
        self._clock = self._loop.call_later(self._limits.header_s, self._ask_too_late)

    def _stop_clock(self) -> None:
        if self._clock is not None:
            self._clock.cancel()
            self._clock = None

    def _ask_too_late(self) -> None:
        self._clock = None
        if self.idle:
            self.drop()


def trust(request: web.Request) -> None:
    """Remember that the request's connection has shown the token."""
    if isinstance(request.protocol, Connection):
        request.protocol.trusted = True
