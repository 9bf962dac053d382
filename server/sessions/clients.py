"""Clients by their address: how often each may open a session, since all share one token."""

import ipaddress
import math
import time
from collections import OrderedDict, deque
from collections.abc import Callable

from server.errors import RefusedError
from server.limits import ClientLimits

_NETWORK_BITS = 64
"""Bits of an IPv6 address that tell one subscriber from another; the rest is theirs to choose."""


def client_of(address: str | None) -> str | None:
    """Whose address it is: None for this machine, whose programs are not told apart."""
    try:
        parsed = ipaddress.ip_address(address or "")
    except ValueError:
        return "unknown"
    if isinstance(parsed, ipaddress.IPv6Address):
        parsed = parsed.ipv4_mapped or parsed
    if parsed.is_loopback:
        return None
    if isinstance(parsed, ipaddress.IPv6Address):
        return f"{int(parsed) >> 128 - _NETWORK_BITS:x}"
    return str(parsed)


class Starts:
    """Counts how often each client asked for a session lately. Belongs to the event loop."""

    def __init__(self, limits: ClientLimits, clock: Callable[[], float] = time.monotonic) -> None:
        self._limits, self._clock = limits, clock
        self._times: OrderedDict[str, deque[float]] = OrderedDict()

    def note(self, client: str | None) -> None:
        """Count another one. Raises RefusedError 429 when there were too many."""
        if client is None:
            return
        now, limits = self._clock(), self._limits
        times = self._times.setdefault(client, deque(maxlen=limits.starts))
        self._times.move_to_end(client)
        if len(self._times) > limits.remembered:
            self._times.popitem(last=False)
        if len(times) == limits.starts and now - times[0] < limits.starts_s:
            raise RefusedError(
                429,
                f"more than {limits.starts} sessions were asked for from this address within "
                f"{limits.starts_s:g} s; try again later",
                math.ceil(times[0] + limits.starts_s - now),
            )
        times.append(now)
