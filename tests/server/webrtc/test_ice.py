import asyncio
import base64
import hashlib
import hmac
from typing import Any

import pytest

from server.webrtc.ice import Ice, answers

TURN = "turn:127.0.0.1:{}"


def test_no_server_is_asked_by_default() -> None:
    assert Ice().servers() == []
    assert Ice().configuration().iceServers == []


def test_turn_credentials_are_those_that_coturn_expects_and_end() -> None:
    ice = Ice(stun=("stun:a",), turn=("turn:b",), turn_secret="s", credentials_s=60)

    stun, turn = ice.servers("ada", now=1000.5)

    assert stun == {"urls": ["stun:a"]}
    assert turn["username"] == "1060:ada"
    digest = hmac.new(b"s", b"1060:ada", hashlib.sha1).digest()
    assert base64.b64decode(turn["credential"]) == digest


def test_the_server_uses_them_only_when_told() -> None:
    ice = Ice(turn=("turn:b",), turn_secret="s")
    relayed = Ice(turn=("turn:b",), turn_secret="s", relayed=True)

    assert ice.configuration().iceServers == []
    assert len(relayed.configuration().iceServers or []) == 1


def test_the_secret_is_not_shown() -> None:
    assert "hush" not in repr(Ice(turn_secret="hush"))


class StunServer(asyncio.DatagramProtocol):
    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def datagram_received(self, data: bytes, address: Any) -> None:
        self.transport.sendto(b"\x01\x01\x00\x00" + data[4:20], address)


def test_a_dead_turn_server_is_left_out_and_a_live_one_kept() -> None:
    async def run() -> None:
        loop = asyncio.get_running_loop()
        transport, _ = await loop.create_datagram_endpoint(StunServer, local_addr=("127.0.0.1", 0))
        alive = TURN.format(transport.get_extra_info("sockname")[1])
        silent, _ = await loop.create_datagram_endpoint(
            asyncio.DatagramProtocol, local_addr=("127.0.0.1", 0)
        )
        dead = TURN.format(silent.get_extra_info("sockname")[1])

        ice = await Ice(turn=(alive, dead, TURN.format(9))).probe()

        assert ice.turn == (alive,)
        transport.close()
        silent.close()

    asyncio.run(run())


def test_what_is_no_turn_url_is_the_operators_mistake() -> None:
    with pytest.raises(ValueError, match="malformed"):
        asyncio.run(answers("http://x"))
