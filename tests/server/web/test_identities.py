"""server/web/identities.py: the pack's people and those made by chance, drawn for the page."""

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


def with_people(root: Path, ask: Callable[[Identities], Coroutine[Any, Any, Any]]) -> Any:
    worker = DeviceThread("test")
    studio = Runtime(Reenactor(load_pack(root), device="cpu"), worker)
    try:
        return asyncio.run(ask(Identities(studio)))
    finally:
        studio.close()


def test_people_of_the_pack_are_named_and_drawn(tmp_path: Path) -> None:
    async def ask(people: Identities) -> None:
        assert people.names == ("ada", "ben", "chi")
        assert people.description("ben") == "ben, for tests"
        assert not people.can_random
        assert (await people.draw("ben")).shape == (SIZE, SIZE, 3)
        assert not np.array_equal(await people.draw("ben"), await people.draw("ada"))

    with_people(write_pack(tmp_path), ask)


def test_random_people_are_there_from_then_on(tmp_path: Path) -> None:
    async def ask(people: Identities) -> None:
        assert people.can_random
        first, again, other = [await people.make_random(seed) for seed in (7, 7, None)]
        assert first == again == "random-7"
        assert people.names[-2:] == (first, other)
        assert people.description(other)
        assert not np.array_equal(await people.draw(first), await people.draw(other))

    with_people(write_face_pack(tmp_path), ask)


def test_too_many_random_people_are_refused_in_a_sentence(tmp_path: Path) -> None:
    async def ask(people: Identities) -> None:
        for seed in range(MAX_RANDOM):
            await people.make_random(seed)
        with pytest.raises(RefusedError, match="choose one of them"):
            await people.make_random(None)

    with_people(write_face_pack(tmp_path), ask)


def test_picture_that_came_with_somebody_is_shown(tmp_path: Path) -> None:
    folder = write_pack(tmp_path) / "identities"
    write_picture(folder / "ben.png", np.full((9, 9, 3), (1, 2, 3), np.uint8))
    card = json.loads((folder / "ben.json").read_text())
    (folder / "ben.json").write_text(json.dumps({**card, "picture": entry(folder, "ben.png")}))

    async def ask(people: Identities) -> None:
        picture = await people.draw("ben")
        assert (picture.shape, picture[4, 4].tolist()) == ((9, 9, 3), [1, 2, 3])

    with_people(tmp_path, ask)
