"""Makes a person of photographs, or at random, with the nets of a pack: codes in W+, no torch.

The inversion is that of ReStyle (Alaluf, Patashnik, Cohen-Or, "ReStyle: A Residual-Based StyleGAN
Encoder via Iterative Refinement", ICCV 2021, section 3): from the average code on, the net sees
the face beside the picture that the code makes, and says how to change the code.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self, TypeAlias

import numpy as np
import numpy.typing as npt

from engines.base import Array, Engine
from reenact.errors import PackError
from reenact.identities.constants import EnrolmentConstants
from reenact.packs.pack import Enrolment, Pack
from reenact.types import Identity, Image, Latent

Refine: TypeAlias = Callable[[Latent, Image], Latent]
"""Brings a code nearer to a face: (rows, width) and (256, 256, 3) uint8 -> (rows, width)."""


@dataclass(frozen=True, slots=True, eq=False)
class Enrolled:
    """A new person, not yet in the pack."""

    identity: Identity
    """The person."""
    face: Image
    """(256, 256, 3), the first photograph in its FFHQ square; the picture of a code."""
    inverted: Image
    """(256, 256, 3), the picture of the person's own code, which should look like the face."""
    made: Mapping[str, Any]
    """Facts for the card: how the person was made, and how alike face and inversion are."""


class Enroller:
    """The nets of enrolment, each loaded when it is needed first. One thread at a time."""

    def __init__(self, pack: Pack, *, device: str = "auto") -> None:
        """Raises PackError when no people can be added to `pack`, or its constants are damaged."""
        enrolment = require_enrolment(pack)
        enrolment.file.verify()
        self._pack, self._device, self._steps = pack, device, enrolment.steps
        self._constants = EnrolmentConstants(enrolment.file.path, (pack.rows, pack.width))
        self._engines: dict[str, Engine] = {}

    def enrol(self, name: str, faces: Sequence[Image], refine: Refine | None = None) -> Enrolled:
        """The person of these (256, 256, 3) uint8 faces, in their FFHQ squares, one or more.

        Every face is inverted, refined if wanted, and the codes are averaged. Raises EngineError.
        """
        codes = [self.invert(face) for face in faces]
        if refine is not None:
            codes = [refine(code, face) for code, face in zip(codes, faces, strict=True)]
        code = np.stack(codes).mean(axis=0, dtype=np.float64).astype(np.float32)
        return self._describe(name, code, faces, {"how": "photographs", "photographs": len(faces)})

    def enrol_random(self, name: str, seed: int) -> Enrolled:
        """A person who does not exist; the same for the same seed.

        The code that the mapping net makes of noise is not used itself: it lies outside of what
        the identity net makes of pictures, which is all that the map of `EnrolmentConstants` was
        trained on. So its picture, in 8 bits as photographs are, is inverted like one.
        """
        z = np.random.default_rng(seed).standard_normal((1, self._pack.width), np.float32)
        w = self._run("mapping", z=z)  # (1, width)
        face = self.render(np.repeat(w, self._pack.rows, axis=0))
        return self._describe(name, self.invert(face), [face], {"how": "random", "seed": seed})

    def enrol_code(self, name: str, code: Latent) -> Enrolled:
        """The person whose own code, (rows, width) float32, is known already."""
        return self._describe(name, code, [], {"how": "code"})

    def invert(self, face: Image) -> Latent:
        """The code whose picture is like `face`, (256, 256, 3) uint8."""
        code = self._constants.latent_avg
        iterative = "picture" in self._engine("identity").inputs
        for _ in range(self._steps):
            seen = {"picture": self._run("reconstruction", w=code[None])} if iterative else {}
            code = code + self._run("identity", face=face[None], **seen)[0]
        return code

    def render(self, code: Latent) -> Image:
        """The picture of `code`, (256, 256, 3) uint8."""
        picture = self._run("reconstruction", w=code[None])[0].transpose(1, 2, 0)
        return np.ascontiguousarray(np.clip(picture * 127.5 + 127.5, 0, 255).astype(np.uint8))

    def close(self) -> None:
        """Free the nets; twice is harmless."""
        for engine in self._engines.values():
            engine.close()
        self._engines = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def _describe(
        self, name: str, code: Latent, faces: Sequence[Image], how: dict[str, Any]
    ) -> Enrolled:
        if not np.isfinite(code).all():
            raise PackError(
                f"pack {self._pack.name} makes codes of these faces that are no numbers; "
                "give other photographs, or get the pack again"
            )
        inverted, made = self.render(code), dict(how)
        if faces:
            made["steps"] = self._steps
        if faces and "similarity" in self._pack.graphs:
            alike = [_cosine(self._embedding(inverted), self._embedding(face)) for face in faces]
            made["similarity"] = round(float(np.mean(alike)), 3)
        identity = Identity(name, self._constants.map_code(code), code)
        return Enrolled(identity, faces[0] if faces else inverted, inverted, made)

    def _embedding(self, face: Image) -> npt.NDArray[np.float32]:
        embedding: npt.NDArray[np.float32] = self._run("similarity", face=face[None])[0]
        return embedding

    def _engine(self, graph: str) -> Engine:
        if graph not in self._engines:
            self._engines[graph] = self._pack.open(graph, self._device)
        return self._engines[graph]

    def _run(self, graph: str, **inputs: Array) -> Array:
        (result,) = self._engine(graph)(**inputs).values()
        return result


def require_enrolment(pack: Pack) -> Enrolment:
    """The constants of enrolment. Raises PackError for a pack whose people cannot be changed."""
    if pack.enrolment is None or "identity" not in pack.graphs:
        raise PackError(
            f"pack {pack.name} has no net that makes people of pictures, so its people cannot be "
            "changed; name a pack that has one with --pack"
        )
    return pack.enrolment


def _cosine(one: npt.NDArray[np.float32], other: npt.NDArray[np.float32]) -> float:
    lengths = float(np.linalg.norm(one)) * float(np.linalg.norm(other))
    return float(one @ other) / max(lengths, 1e-12)
