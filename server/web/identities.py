"""The people of a studio, as the page needs them: names, words, pictures."""

import asyncio
import secrets

from reenact.errors import IdentityError
from reenact.media.pictures import read_picture
from reenact.types import Image
from server.errors import RefusedError
from server.streams.runtime import Runtime

_SEED_BITS = 31
"""Of a seed that nobody chose: short enough to be read in a name."""


class Identities:
    """For the event loop's thread; nets run on the studio's own."""

    def __init__(self, studio: Runtime) -> None:
        self._studio = studio

    @property
    def names(self) -> tuple[str, ...]:
        return self._studio.identities

    @property
    def can_random(self) -> bool:
        return self._studio.can_random

    def description(self, name: str) -> str:
        """What the pack says of one of `names`."""
        card = self._studio.pack.cards.get(name)
        return "nobody, made by chance" if card is None else str(card.description)

    async def draw(self, name: str) -> Image:
        """The picture that came with one of `names`, else one at rest."""
        studio = self._studio
        card = studio.pack.cards.get(name)
        if card is not None and card.picture is not None:
            await asyncio.to_thread(card.picture.verify)
            return await asyncio.to_thread(read_picture, card.picture.path)
        return await asyncio.wrap_future(studio.worker.call(lambda: studio.at_rest(name)))

    async def make_random(self, seed: int | None) -> str:
        """Raises RefusedError when there are too many already."""
        studio, chosen = self._studio, secrets.randbits(_SEED_BITS) if seed is None else seed
        try:
            return await asyncio.wrap_future(studio.worker.call(lambda: studio.make_random(chosen)))
        except IdentityError as error:
            raise RefusedError(409, str(error)) from error
