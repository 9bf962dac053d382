"""The front door: accepts connections, a bounded number of them, and lets a newcomer replace one
that asks nothing."""

import asyncio
import logging
import socket
import ssl
import sys

from aiohttp import web

from server.limits import DoorLimits
from server.web.connection import Connection

logger = logging.getLogger(__name__)

_RETRY_S = 0.1
"""Seconds until the next try when the system has no descriptor left."""


class FrontDoor:
    """Accepts the connections of one listener. Belongs to one event loop."""

    def __init__(self, server: web.Server, limits: DoorLimits | None = None) -> None:
        """server: of a runner that is set up; it also ends the connections."""
        self._server, self._limits = server, limits or DoorLimits()
        self._most = connections_for(self._limits.connections)
        self._inside: dict[asyncio.Task[None], Connection] = {}
        self._accepting: asyncio.Task[None] | None = None

    def __len__(self) -> int:
        return len(self._inside)

    def open(self, listener: socket.socket, tls: ssl.SSLContext | None = None) -> None:
        """Accept the connections of `listener` from now on."""
        listener.setblocking(False)
        self._accepting = asyncio.create_task(self._accept(listener, tls))

    async def close(self) -> None:
        """Accept no more; those inside stay. Twice is harmless."""
        task, self._accepting = self._accepting, None
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _accept(self, listener: socket.socket, tls: ssl.SSLContext | None) -> None:
        loop = asyncio.get_running_loop()
        while True:
            try:
                accepted, _ = await loop.sock_accept(listener)
            except ConnectionError:  # it left before it was accepted
                continue
            except OSError as error:
                logger.warning("no connection can be accepted: %s", error.strerror)
                self._make_room()
                await asyncio.sleep(_RETRY_S)
                continue
            if len(self._inside) >= self._most and not self._make_room():
                accepted.close()
            else:
                self._let_in(accepted, tls)
            await asyncio.sleep(0)  # a flood of connections must not keep the loop to itself

    def _let_in(self, accepted: socket.socket, tls: ssl.SSLContext | None) -> None:
        connection = Connection(self._server, self._limits)
        task = asyncio.create_task(self._serve(connection, accepted, tls))
        self._inside[task] = connection
        task.add_done_callback(lambda _: self._inside.pop(task, None))

    async def _serve(
        self, connection: Connection, accepted: socket.socket, tls: ssl.SSLContext | None
    ) -> None:
        """Shake hands, and return when the connection is over."""
        try:
            await asyncio.get_running_loop().connect_accepted_socket(
                lambda: connection,
                accepted,
                ssl=tls,
                ssl_handshake_timeout=None if tls is None else self._limits.header_s,
            )
        except OSError:  # the client left, or speaks no TLS
            return
        await connection.ended.wait()

    def _make_room(self) -> bool:
        """Drop the connection that is missed least; False when all are trusted and at work.

        First go those without a token, of these those that never asked anything, and of these the
        oldest. One without a token goes even while it is answered: it may refuse to read.
        """
        spare = [item for item in self._inside.items() if item[1].idle or not item[1].trusted]
        if not spare:
            return False
        task, connection = min(
            spare, key=lambda item: (item[1].trusted, item[1].asked, item[1].since)
        )
        del self._inside[task]
        if connection.transport is None:  # it is still shaking hands
            task.cancel()
        connection.drop()
        return True


def connections_for(most: int) -> int:
    """`most`, or less where the process may have few open files: sessions need half of them."""
    if sys.platform == "win32":  # which has no such limit
        return most
    import resource

    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return most if files == resource.RLIM_INFINITY else min(most, files // 2)
