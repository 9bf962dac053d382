"""Pictures of the people to choose from: drawn once each, then kept in memory as PNG."""

import asyncio
from collections.abc import Awaitable, Callable

import cv2

from reenact.types import Image

SIDE_PX = 256
"""Of a picture in the page; larger ones are reduced to it."""


class Gallery:
    """For the event loop's thread, which it never holds up."""

    def __init__(self, draw: Callable[[str], Awaitable[Image]]) -> None:
        """draw: makes the picture of a name, (H, W, 3) uint8, elsewhere."""
        self._draw = draw
        self._pictures: dict[str, asyncio.Task[bytes]] = {}

    async def png(self, name: str) -> bytes:
        """The picture of `name`. Raises what `draw` raises, and then asks again the next time."""
        task = self._pictures.get(name)
        if task is None:
            task = self._pictures[name] = asyncio.create_task(self._make(name))
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:  # of the one who asked; others may wait for the same picture
            raise
        except Exception:
            self._pictures.pop(name, None)
            raise

    async def close(self) -> None:
        """Stop what is being drawn; twice is harmless."""
        tasks = [*self._pictures.values()]
        self._pictures.clear()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _make(self, name: str) -> bytes:
        return await asyncio.to_thread(_encoded, await self._draw(name))


def _encoded(picture: Image) -> bytes:
    """PNG, no larger than `SIDE_PX`."""
    if picture.shape[0] > SIDE_PX:
        size = (round(SIDE_PX * picture.shape[1] / picture.shape[0]), SIDE_PX)
        reduced = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    else:
        reduced = picture
    _, data = cv2.imencode(".png", cv2.cvtColor(reduced, cv2.COLOR_RGB2BGR))
    return data.tobytes()
