"""Evaluation of avatars: how faithfully they follow known motions, beside the renderer's pictures.

Both kinds of pictures go through the same face tracker and the same `measure_signals`, so that what
the tracker cannot see on such a face counts against neither: the renderer's scores are the ceiling.
"""

from collections.abc import Callable, Sequence
from typing import TypeAlias

import numpy as np

from reenact.avatars.frame import Motion
from reenact.avatars.motion_sampling import random_motion
from reenact.avatars.old_motions import lift_motion, reduce_motion
from reenact.avatars.people import PEOPLE
from reenact.avatars.person import Person
from reenact.avatars.renderer import render, render_cutout
from reenact.axes import AXES, FACE_AXES
from reenact.backdrop import lay_over_backdrop
from reenact.errors import IdentityError
from reenact.evaluate.avatar_scores import AvatarScores, AxisScore, EyesScore
from reenact.evaluate.picture_scores import PictureScores
from reenact.evaluate.signals import SIGNAL_AXES, eye_opening, measure_signals
from reenact.face.align import FaceAligner
from reenact.face.stills import find_face
from reenact.identities.identity import load_identity
from reenact.packs.interface import channels_of
from reenact.reenactor import Reenactor
from reenact.types import EXPRESSION_AXES, Image, Points

Draw: TypeAlias = Callable[[str, Motion], Image]
"""Draws the identity of that name doing a motion."""

FindPoints: TypeAlias = Callable[[Image], Points | None]
"""Finds the face of a picture: (478, 3) pixels, or None when there is none."""

SEED = 20_000
"""Seed of the motions; training draws frame i from (1, i), so none of these was trained on."""


def evaluate_avatars(
    reenactor: Reenactor, *, samples: int = 200, seed: int = SEED, identities: Sequence[str] = ()
) -> AvatarScores:
    """Compare a pack of the people that the renderer draws, or some of them, with the renderer.

    Raises IdentityError for a name that the pack or the renderer does not know.
    """
    pack = reenactor.pack
    chosen = {name: load_identity(pack, name) for name in identities or pack.identities}
    people = {person.name: person for person in PEOPLE}
    if strangers := chosen.keys() - people.keys():
        raise IdentityError(
            f"the renderer draws {', '.join(people)}, not {', '.join(sorted(strangers))}: "
            "evaluate a pack of these people"
        )

    def generate(name: str, motion: Motion) -> Image:
        source = motion if is_old else _lift(motion, people[name])
        return reenactor.render(chosen[name], reenactor.read_motion(source))

    def truth(name: str, motion: Motion) -> Image:
        person = people[name]
        if has_alpha:
            return lay_over_backdrop(render_cutout(person, _lift(motion, person), pack.size))
        return np.asarray(render(person, lift_motion(motion, person), pack.size), np.uint8)

    is_old = pack.axes == EXPRESSION_AXES
    has_alpha = channels_of(pack.graphs["synthesis"]) == 4
    rng = np.random.default_rng(seed)
    motions = [reduce_motion(random_motion(rng)) for _ in range(samples)]
    with FaceAligner() as aligner:

        def find_points(picture: Image) -> Points | None:
            face = find_face(picture, aligner)
            return None if face is None else face.landmarks

        return compare(
            list(chosen), motions, generate=generate, truth=truth, find_points=find_points
        )


def _lift(motion: Motion, person: Person) -> Motion:
    """Lift an old motion to the axes of a newer pack, within the ranges that it was trained on."""
    lifted = lift_motion(motion, person)
    face = [AXES.index(axis) for axis in FACE_AXES]
    lifted[face] = np.clip(lifted[face], 0.0, 1.0)
    return lifted


def compare(
    identities: Sequence[str],
    motions: Sequence[Motion],
    *,
    generate: Draw,
    truth: Draw,
    find_points: FindPoints,
) -> AvatarScores:
    """Score `generate` against `truth`; the identities take turns at the motions.

    Each identity is also asked to shut its eyes.
    """
    pictures = PictureScores()
    generated, ceiling = _Readings(), _Readings()
    for name, motion in zip(_take_turns(identities, len(motions)), motions, strict=True):
        made, wanted = generate(name, motion), truth(name, motion)
        where = find_points(wanted)
        generated.add(name, motion, find_points(made))
        ceiling.add(name, motion, where)
        pictures.add(made, wanted, where)
    return AvatarScores(
        samples=len(motions),
        identities=tuple(identities),
        detected=generated.detected,
        detected_ceiling=ceiling.detected,
        axes=tuple(
            AxisScore(axis, generated.correlation(axis), ceiling.correlation(axis))
            for axis in SIGNAL_AXES
        ),
        shut_eyes=EyesScore(
            *_measure_shut_eyes(identities, generate, find_points),
            *_measure_shut_eyes(identities, truth, find_points),
        ),
        psnr_db=pictures.psnr_db,
        sharpness_eyes=pictures.sharpness("eyes"),
        sharpness_mouth=pictures.sharpness("mouth"),
    )


def _take_turns(identities: Sequence[str], samples: int) -> list[str]:
    """Name the identity of each sample; a correlation needs two samples of each."""
    if samples < 2 * len(identities):
        raise ValueError(
            f"each of {len(identities)} identities needs two samples or more, got {samples}: "
            f"ask for at least {2 * len(identities)}"
        )
    return [identities[index % len(identities)] for index in range(samples)]


class _Readings:
    """Signals of pictures beside the motions they should show."""

    def __init__(self) -> None:
        self._asked = 0
        self._found: list[tuple[str, Motion, dict[str, float]]] = []

    def add(self, name: str, motion: Motion, landmarks: Points | None) -> None:
        self._asked += 1
        if landmarks is not None:
            self._found.append((name, motion, measure_signals(landmarks)))

    @property
    def detected(self) -> float:
        return len(self._found) / self._asked

    def correlation(self, axis: str) -> float:
        """Correlate signal and truth, each without the identities' means; 0 if one is still."""
        if not self._found:
            return 0.0
        index = EXPRESSION_AXES.index(axis)
        asked = np.array([motion[index] for _, motion, _ in self._found], np.float64)
        seen = np.array([reading[axis] for _, _, reading in self._found])
        names = np.array([name for name, _, _ in self._found])
        for name in set(names):
            asked[names == name] -= asked[names == name].mean()
            seen[names == name] -= seen[names == name].mean()
        size = float(np.linalg.norm(asked) * np.linalg.norm(seen))
        return float(asked @ seen) / size if size > 1e-9 else 0.0


def _measure_shut_eyes(
    identities: Sequence[str], draw: Draw, find_points: FindPoints
) -> tuple[float, float]:
    """Measure shut eyes, (left, right), as shares of their opening; 1 where no face is found."""
    shut = np.zeros(len(EXPRESSION_AXES), np.float32)
    shut[[EXPRESSION_AXES.index("blink_left"), EXPRESSION_AXES.index("blink_right")]] = 1.0
    left_over = []
    for name in identities:
        faces = [find_points(draw(name, motion)) for motion in (np.zeros_like(shut), shut)]
        openings = [np.ones(2) if face is None else np.array(eye_opening(face)) for face in faces]
        is_seen = all(face is not None for face in faces)
        left_over.append(openings[1] / openings[0] if is_seen else np.ones(2))
    left, right = np.mean(left_over, axis=0)
    return float(left), float(right)
