"""The people of the studio's pack, as the page needs them: names, words, pictures."""

import asyncio

from reenact.identity import card_of
from reenact.pictures import read_picture
from reenact.reenactor import Reenactor
from reenact.types import Identity, Image
from server.errors import Refused
from server.studio import Studio


class StudioPeople:
    """For the event loop's thread; nets run on the studio's own."""

    def __init__(self, studio: Studio) -> None:
        self._studio = studio

    @property
    def names(self) -> tuple[str, ...]:
        return self._studio.identities

    def description(self, name: str) -> str:
        return card_of(self._studio.pack, name).description

    @property
    def can_random(self) -> bool:
        return False

    async def draw(self, name: str) -> Image:
        """The picture that came with somebody, else one of them at rest."""
        picture = card_of(self._studio.pack, name).picture
        if picture is not None:
            picture.verify()
            return await asyncio.to_thread(read_picture, picture.path)
        studio = self._studio
        drawn = studio.worker.call(lambda: at_rest(studio.reenactor, studio.identity(name)))
        return await asyncio.wrap_future(drawn)

    async def make_random(self, seed: int | None) -> str:
        raise Refused(409, "this pack cannot make random people")


def at_rest(reenactor: Reenactor, identity: Identity) -> Image:
    """`identity` with a resting face. Raises EngineError."""
    rest = reenactor.neutral
    motion = reenactor.read_motion(rest) if reenactor.pack.reads == "expression" else rest
    return reenactor.render(identity, motion)
