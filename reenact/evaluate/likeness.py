"""Likeness: how much a face looks like an identity, by the recognition net of its pack."""

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from engines.base import Engine
from reenact.errors import NoFaceError
from reenact.face.stills import find_face
from reenact.reenactor import Reenactor
from reenact.types import Identity, Image

GRAPH = "similarity"
"""The graph of a pack that describes a face by a vector."""


class Likeness:
    """Compares faces with the identity's own code, as it looks without any motion."""

    def __init__(self, net: Engine, reenactor: Reenactor, identity: Identity) -> None:
        """net: the pack's graph `GRAPH`. Raises NoFaceError when no face is found in the
        identity's own picture, EngineError."""
        self._net = net
        still = np.zeros((reenactor.pack.rows, reenactor.pack.width), np.float32)
        picture = reenactor.render(replace(identity, latent=identity.inversion), still)
        face = find_face(picture)
        if face is None:
            raise NoFaceError(
                f"the picture of {identity.name} shows no face that could be recognised: "
                "evaluate another identity"
            )
        self._own = self._describe(face.image)

    def __call__(self, face: Image) -> float:
        """Cosine, -1..1, of a face, (256, 256, 3) in its FFHQ square."""
        other = self._describe(face)
        size = float(np.linalg.norm(self._own) * np.linalg.norm(other))
        return float(self._own @ other) / size if size else 0.0

    def _describe(self, face: Image) -> npt.NDArray[np.float32]:
        (embedding,) = self._net(face=face[None]).values()
        return np.asarray(embedding[0], np.float32)
