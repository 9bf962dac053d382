"""Identities that the page offers: their names, descriptions and pictures."""

import asyncio
import secrets
from collections.abc import Callable
from typing import TypeVar

from reenact.errors import IdentityError
from reenact.media.pictures import read_picture
from reenact.types import Image
from server.errors import RefusedError
from server.limits import Limits
from server.streams.device_thread import BUSY
from server.streams.runtime import Runtime

T = TypeVar("T")

_LIMITS = Limits()

_SEED_BITS = 31
"""Bits of a seed drawn here: it is part of the name, so it must be short."""


class Identities:
    """Belongs to the event loop; nets run on the device's thread."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime

    @property
    def names(self) -> tuple[str, ...]:
        return self._runtime.identities

    @property
    def can_random(self) -> bool:
        return self._runtime.can_random

    def description(self, name: str) -> str:
        """What the pack says of the identity `name`."""
        card = self._runtime.pack.cards.get(name)
        return "Random face" if card is None else str(card.description)

    async def draw(self, name: str) -> Image:
        """The picture that came with the identity `name`, else its neutral face."""
        runtime = self._runtime
        card = runtime.pack.cards.get(name)
        if card is not None and card.picture is not None:
            await asyncio.to_thread(card.picture.verify)
            return await asyncio.to_thread(read_picture, card.picture.path)
        return await self._when_idle(lambda: runtime.draw_neutral(name))

    async def make_random(self, seed: int | None) -> str:
        """Make a random identity; its name. Raises RefusedError when there are too many."""
        runtime = self._runtime
        chosen = secrets.randbits(_SEED_BITS) if seed is None else seed
        try:
            return await self._when_idle(lambda: runtime.make_random(chosen))
        except IdentityError as error:
            raise RefusedError(409, str(error)) from error

    async def _when_idle(self, work: Callable[[], T]) -> T:
        """What `work` returns, done when no live frame waits. Raises RefusedError 503."""
        try:
            async with asyncio.timeout(_LIMITS.spare_wait_s):
                return await asyncio.wrap_future(self._runtime.device_thread.call_when_idle(work))
        except TimeoutError as error:
            raise RefusedError(503, BUSY, _LIMITS.retry_after_s) from error
