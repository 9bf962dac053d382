"""server/web/thumbnails.py: pictures come one after another; one that failed is tried again."""

import asyncio

import numpy as np
import pytest

from reenact.types import Image
from server.web.thumbnails import Gallery

PICTURE = np.zeros((300, 600, 3), np.uint8)


def test_failed_picture_is_tried_again() -> None:
    calls = []

    async def draw(name: str) -> Image:
        calls.append(name)
        if len(calls) == 1:
            raise RuntimeError("the net failed")
        return PICTURE

    async def run() -> bytes:
        gallery = Gallery(draw)
        with pytest.raises(RuntimeError):
            await gallery.png("ada")
        return await gallery.png("ada")

    assert asyncio.run(run()).startswith(b"\x89PNG")
    assert len(calls) == 2


def test_a_page_may_ask_for_everybody_at_once() -> None:
    drawing = most = 0

    async def draw(name: str) -> Image:
        nonlocal drawing, most
        drawing += 1
        most = max(most, drawing)
        await asyncio.sleep(0)
        drawing -= 1
        return PICTURE

    async def run() -> list[bytes]:
        gallery = Gallery(draw)
        return await asyncio.gather(*(gallery.png(f"person-{number}") for number in range(40)))

    assert len(asyncio.run(run())) == 40
    assert most == 1


def test_request_that_ends_stops_no_other() -> None:
    async def run() -> bytes:
        drawn = asyncio.Event()

        async def draw(name: str) -> Image:
            await drawn.wait()
            return PICTURE

        gallery = Gallery(draw)
        first, second = (asyncio.create_task(gallery.png("ada")) for _ in range(2))
        await asyncio.sleep(0)
        first.cancel()
        drawn.set()
        return await second

    assert asyncio.run(run()).startswith(b"\x89PNG")


def test_closed_gallery_draws_no_more() -> None:
    async def run() -> bool:
        async def draw(name: str) -> Image:
            await asyncio.Event().wait()
            raise AssertionError

        gallery = Gallery(draw)
        waiting = asyncio.create_task(gallery.png("ada"))
        await asyncio.sleep(0)
        await gallery.close()
        await gallery.close()
        await asyncio.wait([waiting])
        return waiting.cancelled()

    assert asyncio.run(run())
