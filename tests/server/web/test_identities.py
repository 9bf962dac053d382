"""server/web/identities.py: the pack's identities and random ones, drawn for the page."""

import asyncio
import json
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from reenact.media.pictures import write_picture
from reenact.packs.pack import load_pack
from reenact.reenactor import Reenactor
from server.errors import RefusedError
from server.streams.device_thread import DeviceThread
from server.streams.runtime import MAX_RANDOM, Runtime
from server.web.identities import Identities
from tests.support.fake_face_pack import write_face_pack
from tests.support.fakes import SIZE, entry, write_pack


def with_identities(root: Path, ask: Callable[[Identities], Coroutine[Any, Any, Any]]) -> Any:
    worker = DeviceThread("test")
    runtime = Runtime(Reenactor(load_pack(root), device="cpu"), worker)
    try:
        return asyncio.run(ask(Identities(runtime)))
    finally:
        runtime.close()


def test_identities_of_the_pack_are_named_and_drawn(tmp_path: Path) -> None:
    async def ask(identities: Identities) -> None:
        assert identities.names == ("ada", "ben", "chi")
        assert identities.description("ben") == "ben, for tests"
        assert not identities.can_random
        assert (await identities.draw("ben")).shape == (SIZE, SIZE, 3)
        assert not np.array_equal(await identities.draw("ben"), await identities.draw("ada"))

    with_identities(write_pack(tmp_path), ask)


def test_random_identities_are_listed_from_then_on(tmp_path: Path) -> None:
    async def ask(identities: Identities) -> None:
        assert identities.can_random
        first, again, other = [await identities.make_random(seed) for seed in (7, 7, None)]
        assert first == again == "random-7"
        assert identities.names[-2:] == (first, other)
        assert identities.description(other)
        assert not np.array_equal(await identities.draw(first), await identities.draw(other))

    with_identities(write_face_pack(tmp_path), ask)


def test_too_many_random_identities_are_refused_in_a_sentence(tmp_path: Path) -> None:
    async def ask(identities: Identities) -> None:
        for seed in range(MAX_RANDOM):
            await identities.make_random(seed)
        with pytest.raises(RefusedError, match="choose one of them"):
            await identities.make_random(None)

    with_identities(write_face_pack(tmp_path), ask)


def test_picture_that_came_with_an_identity_is_shown(tmp_path: Path) -> None:
    folder = write_pack(tmp_path) / "identities"
    write_picture(folder / "ben.png", np.full((9, 9, 3), (1, 2, 3), np.uint8))
    card = json.loads((folder / "ben.json").read_text())
    (folder / "ben.json").write_text(json.dumps({**card, "picture": entry(folder, "ben.png")}))

    async def ask(identities: Identities) -> None:
        picture = await identities.draw("ben")
        assert (picture.shape, picture[4, 4].tolist()) == ((9, 9, 3), [1, 2, 3])

    with_identities(tmp_path, ask)
