"""Control channel: settings and pings of the client in, answers and statistics out.

It is the data channel `ctl`; docs/live-protocol.md lists its messages.
"""

import json
import logging
import math
import time
from collections.abc import Callable
from typing import Any

from aiortc import RTCDataChannel

from reenact.errors import ReenactError
from reenact.live.statistics import Rate
from server.limits import Limits

logger = logging.getLogger(__name__)


class Control:
    """One client's control channel. It belongs to the event loop."""

    def __init__(
        self,
        channel: RTCDataChannel,
        limits: Limits,
        *,
        change: Callable[[dict[str, Any]], None],
        calibrate: Callable[[], None],
    ) -> None:
        """change: takes settings, raises ReenactError. calibrate: learns the neutral face anew."""
        self._channel, self._limits = channel, limits
        self._change, self._calibrate = change, calibrate
        self._rate = Rate()
        self.rejected = 0
        """Messages that were too long, too many or no JSON objects."""
        self.last_ping: float | None = None
        """When the last ping came, by time.monotonic()."""

    def hear(self, message: object) -> None:
        """Take a message of the client. Anything may come, nothing is raised."""
        table = self._table(message)
        if table is None:
            self.rejected += 1
            return
        kind = table.pop("t", None)
        if kind == "ping":
            self.last_ping = time.monotonic()
            self.say({"t": "pong", "c": table.get("c")})
        elif kind == "set":
            self._set(table.pop("v", None), table)
        elif kind == "calibrate":
            self._calibrate()
        else:
            self.rejected += 1

    def close(self, reason: str) -> None:
        """Say goodbye, and hear no more."""
        self.say({"t": "bye", "reason": reason})
        self._channel.remove_all_listeners()

    def say(self, table: dict[str, Any], *, droppable: bool = False) -> bool:
        """Send a message; False when it could not be. droppable: not with a full buffer."""
        if self._channel.readyState != "open":
            return False
        most = self._limits.unsent_bytes * (1 if droppable else 4)
        if self._channel.bufferedAmount > most:
            return False
        self._channel.send(json.dumps(table))
        return True

    def _set(self, number: object, values: dict[str, Any]) -> None:
        number = number if isinstance(number, int | float | str) else None
        try:
            self._change(values)
        except ReenactError as error:
            self.say({"t": "err", "v": number, "error": str(error)})
        else:
            self.say({"t": "ok", "v": number})

    def _table(self, message: object) -> dict[str, Any] | None:
        self._rate.tick()
        if self._rate.per_s() > self._limits.messages_per_s:
            return None
        if not isinstance(message, str) or len(message) > self._limits.message_bytes:
            return None
        try:
            table = json.loads(message, parse_constant=_reject, parse_float=_read_finite)
        except (ValueError, RecursionError):
            return None
        return table if isinstance(table, dict) else None


def _reject(constant: str) -> None:
    """NaN and Infinity are no JSON, but Python reads them, and would send them back."""
    raise ValueError(f"{constant} is not JSON")


def _read_finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError("the number is too large")
    return number
