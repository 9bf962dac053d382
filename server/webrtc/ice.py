"""ICE configuration: the STUN and TURN servers that the operator names, none by default."""

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
"""Seconds within which a TURN server must answer at the start."""

_STUN_COOKIE = bytes.fromhex("2112a442")


@dataclass(frozen=True, slots=True)
class Ice:
    """STUN and TURN servers, and which of them the server's own peers use."""

    stun: tuple[str, ...] = ()
    """URLs of STUN servers, "stun:host:3478"."""
    turn: tuple[str, ...] = ()
    """URLs of TURN servers, "turn:host:3478?transport=udp"."""
    turn_secret: str = field(default="", repr=False)
    """Secret shared with the TURN servers: coturn's `static-auth-secret`."""
    credentials_s: int = 3600
    """Seconds for which a client's TURN credentials are valid."""
    relayed: bool = False
    """Whether the server's own peers use these servers too."""
    loopback: bool = False
    """Whether peers on this machine connect over 127.0.0.1, which works without any network."""

    def servers(self, user: str = "reenact", now: float | None = None) -> list[dict[str, Any]]:
        """The `iceServers` of a client's RTCPeerConnection, with fresh TURN credentials.

        now: seconds since the epoch; the present when None.
        """
        servers: list[dict[str, Any]] = []
        if self.stun:
            servers.append({"urls": list(self.stun)})
        if self.turn:
            name, credential = self._credentials(user, time.time() if now is None else now)
            servers.append({"urls": list(self.turn), "username": name, "credential": credential})
        return servers

    def configuration(self) -> RTCConfiguration:
        """The configuration of the server's own peers.

        An empty list asks no server, whereas None would ask a public one that aiortc names.
        """
        servers = [RTCIceServer(**server) for server in self.servers()] if self.relayed else []
        return RTCConfiguration(iceServers=servers)

    async def probe(self) -> "Ice":
        """A copy without the TURN servers that do not answer: each delays an offer by 5 s."""
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
    """Whether the STUN or TURN server at `url` answers. Raises ValueError for another scheme."""
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
    """Gather only 127.0.0.1 as a candidate, in the whole process."""
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
