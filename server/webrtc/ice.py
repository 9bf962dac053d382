"""How peers find each other: STUN and TURN as the operator says, nobody else's by default."""

import asyncio
import base64
import hashlib
import hmac
import logging
import os
import time
from dataclasses import dataclass, field, replace
from typing import Any

import aioice.ice
from aiortc import RTCConfiguration, RTCIceServer
from aiortc.rtcicetransport import parse_stun_turn_uri

logger = logging.getLogger(__name__)

PROBE_S = 1.0
_STUN_COOKIE = bytes.fromhex("2112a442")


@dataclass(frozen=True, slots=True)
class Ice:
    """stun, turn: URLs for clients, and for the server too when `relayed`. turn_secret: shared with
    coturn's `use-auth-secret`. loopback: peers on this machine may use 127.0.0.1, even without any
    network."""

    stun: tuple[str, ...] = ()
    turn: tuple[str, ...] = ()
    turn_secret: str = field(default="", repr=False)
    credentials_s: int = 3600
    relayed: bool = False
    loopback: bool = False

    def servers(self, user: str = "reenact", now: float | None = None) -> list[dict[str, Any]]:
        """For a browser's RTCPeerConnection, with credentials that end in an hour."""
        servers: list[dict[str, Any]] = []
        if self.stun:
            servers.append({"urls": list(self.stun)})
        if self.turn:
            name, credential = self._credentials(user, time.time() if now is None else now)
            servers.append({"urls": list(self.turn), "username": name, "credential": credential})
        return servers

    def configuration(self) -> RTCConfiguration:
        """For the server's own peer connections. An empty list, unlike none, asks nobody."""
        servers = [RTCIceServer(**server) for server in self.servers()] if self.relayed else []
        return RTCConfiguration(iceServers=servers)

    async def probed(self) -> "Ice":
        """Without the TURN servers that do not answer: each would hold every answer for 5 s."""
        alive = await asyncio.gather(*(answers(url) for url in self.turn))
        for url, lives in zip(self.turn, alive, strict=True):
            if not lives:
                logger.warning("%s does not answer and is left out; is it running?", url)
        kept = tuple(url for url, lives in zip(self.turn, alive, strict=True) if lives)
        return replace(self, turn=kept)

    def _credentials(self, user: str, now: float) -> tuple[str, str]:
        name = f"{int(now) + self.credentials_s}:{user}"
        digest = hmac.new(self.turn_secret.encode(), name.encode(), hashlib.sha1).digest()
        return name, base64.b64encode(digest).decode()


async def answers(url: str) -> bool:
    """Whether a STUN or TURN server is there. Raises ValueError for another URL."""
    parsed = parse_stun_turn_uri(url)
    try:
        async with asyncio.timeout(PROBE_S):
            if parsed.get("transport") == "tcp":
                _, writer = await asyncio.open_connection(parsed["host"], parsed["port"])
                writer.close()
                return True
            return await _binding_answered(parsed["host"], parsed["port"])
    except OSError:  # TimeoutError is one
        return False


def use_loopback() -> None:
    """Gather 127.0.0.1 alone, in the whole process: for peers on a machine without a network."""
    aioice.ice.get_host_addresses = lambda *_, **__: ["127.0.0.1"]


async def _binding_answered(host: str, port: int) -> bool:
    loop = asyncio.get_running_loop()
    answered: asyncio.Future[bool] = loop.create_future()
    transport, _ = await loop.create_datagram_endpoint(
        lambda: _Listener(answered), remote_addr=(host, port)
    )
    try:
        request = b"\x00\x01\x00\x00" + _STUN_COOKIE + os.urandom(12)  # RFC 8489: binding request
        transport.sendto(request)
        return await answered
    finally:
        transport.close()


class _Listener(asyncio.DatagramProtocol):
    def __init__(self, answered: "asyncio.Future[bool]") -> None:
        self._answered = answered

    def datagram_received(self, data: bytes, address: Any) -> None:
        if not self._answered.done():
            self._answered.set_result(data[4:8] == _STUN_COOKIE)

    def error_received(self, error: Exception) -> None:
        if not self._answered.done():
            self._answered.set_result(False)
