"""Faces that move by known amounts, as the tracker sees them: photo puppet and drawn people."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

import numpy as np
import numpy.typing as npt

from reenact.avatars.old_motions import lift_motion
from reenact.avatars.people import PEOPLE
from reenact.avatars.person import Person
from reenact.avatars.renderer import render
from reenact.face.align import FaceAligner
from reenact.face.measures import EYES, IRIS_DEPTH, FaceMeasures, measure
from reenact.face.stills import find_face
from reenact.types import EXPRESSION_AXES, Image, Points
from tools.puppet.warper import Puppet

DRAWN_SIZE = 256
"""Side of the drawn pictures in pixels: more than the tracker looks at."""


@dataclass(slots=True, eq=False)
class KnownFace:
    """One face, measured in any motion that is asked of it."""

    name: str
    """Of the person."""
    draw: Callable[[npt.NDArray[np.float32]], Image]
    """The picture of a motion, (13,) in the order of `EXPRESSION_AXES`."""
    aligner: FaceAligner
    """Finds the face in each picture by itself."""
    _seen: dict[tuple[float, ...], Points] = field(default_factory=dict)

    def landmarks(self, **motion: float) -> Points:
        """(478, 3) with these axes moved, all others neutral. Raises ValueError when the tracker
        does not find the face."""
        values = np.array([motion.get(axis, 0.0) for axis in EXPRESSION_AXES], np.float32)
        key = tuple(values.tolist())
        if key not in self._seen:
            face = find_face(self.draw(values), self.aligner)
            if face is None:
                raise ValueError(f"{self.name} must be found in every motion, was not in {motion}")
            self._seen[key] = face.landmarks
        return self._seen[key]

    def measures(self, **motion: float) -> FaceMeasures:
        """What is measured on `landmarks`."""
        return measure(self.landmarks(**motion))

    def measures_with_iris(self, share: float, **motion: float) -> FaceMeasures:
        """What would be measured if `IRIS_DEPTH` were `share`."""
        points = self.landmarks(**motion).copy()
        for iris, corners in EYES:
            depth = points[list(corners), 2].mean()
            points[iris, 2] = depth + share / IRIS_DEPTH * (points[iris, 2] - depth)
        return measure(points)

    def change(self, measure: str, **motion: float) -> float:
        """How much a measure differs from the neutral face's when these axes are moved."""
        return float(getattr(self.measures(**motion), measure) - getattr(self.measures(), measure))


def photo_puppet(aligner: FaceAligner) -> KnownFace:
    """The public-domain photograph that is warped by known amounts."""
    return KnownFace("photo puppet", Puppet().frame, aligner)


def drawn_people(aligner: FaceAligner) -> list[KnownFace]:
    """The people of the renderer."""
    return [KnownFace(person.name, partial(_draw, person), aligner) for person in PEOPLE]


def _draw(person: Person, motion: npt.NDArray[np.float32]) -> Image:
    return np.asarray(render(person, lift_motion(motion, person), DRAWN_SIZE), np.uint8)
