"""Thumbnails of the identities: drawn once each, one after another, then kept in memory as PNG."""

import asyncio
from collections.abc import Awaitable, Callable

import cv2

from reenact.types import Image

SIDE_PX = 256
"""Largest height of a thumbnail; larger pictures are reduced to it."""


class Gallery:
    """Belongs to the event loop; drawing and encoding happen on other threads."""

    def __init__(self, draw: Callable[[str], Awaitable[Image]]) -> None:
        """draw: makes the picture of an identity by name, (H, W, 3) uint8, off the event loop."""
        self._draw = draw
        self._pictures: dict[str, asyncio.Task[bytes]] = {}
        self._turn = (
            asyncio.Lock()
        )  # a page asks for all people at once; the device takes few calls

    async def png(self, name: str) -> bytes:
        """The thumbnail of `name`. Raises what `draw` raises; the next call then draws anew."""
        task = self._pictures.get(name)
        if task is None:
            task = self._pictures[name] = asyncio.create_task(self._make(name))
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:  # only this request ended; others may wait for the picture
            raise
        except Exception:
            self._pictures.pop(name, None)
            raise

    async def close(self) -> None:
        """Cancel the drawing in progress; twice is harmless."""
        tasks = [*self._pictures.values()]
        self._pictures.clear()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _make(self, name: str) -> bytes:
        async with self._turn:
            picture = await self._draw(name)
        return await asyncio.to_thread(_encode, picture)


def _encode(picture: Image) -> bytes:
    """The picture as PNG, no higher than `SIDE_PX`."""
    if picture.shape[0] > SIDE_PX:
        size = (round(SIDE_PX * picture.shape[1] / picture.shape[0]), SIDE_PX)
        reduced = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    else:
        reduced = picture
    _, data = cv2.imencode(".png", cv2.cvtColor(reduced, cv2.COLOR_RGB2BGR))
    return data.tobytes()
