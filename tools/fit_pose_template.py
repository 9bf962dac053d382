"""Derives the template of `reenact.face.head_pose` again, from the photograph it was taken from.

    python tools/fit_pose_template.py

The template is MediaPipe's points of `skimage.data.astronaut` at half its size, averaged with
their mirror image, brought between the outer corners of the eyes, and nodded. The nod is the one
number that the photograph does not give: it was chosen by hand so that the template is as level as
MediaPipe's own model of a face.
Prints the nod of today's template, and how far each of its points is from the derived one, in
distances of the outer corners of the eyes. Nothing is changed. Needs the development extras.
"""

import math

import cv2
import numpy as np
from skimage.data import astronaut

from reenact.errors import NoFaceError
from reenact.face.head_pose import BONE, MIDDLE, SIDES, TEMPLATE, fit_similarity
from reenact.face.stills import find_face
from reenact.types import Points

MIRRORED = np.array([*range(len(MIDDLE)), *(len(MIDDLE) + (i ^ 1) for i in range(2 * len(SIDES)))])
"""Which point of the template stands where each one's mirror image is."""

OUTER_EYE_CORNERS = [BONE.index(33), BONE.index(263)]


def main() -> None:
    points, nod = derive_template()
    away = np.linalg.norm(points - TEMPLATE, axis=1)
    print(f"nod of the template: {math.degrees(nod):.2f} degrees from the photograph's own")
    print(f"distance to today's template: {away.mean():.4f} mean, {away.max():.4f} most")
    for index, distance in zip(BONE, away.tolist(), strict=True):
        print(f"  point {index:3}: {distance:.4f}")


def derive_template() -> tuple[Points, float]:
    """The template as the photograph gives it, nodded like today's, and the radians of that nod."""
    whole = np.asarray(astronaut(), np.uint8)
    half = cv2.resize(whole, (256, 256), interpolation=cv2.INTER_AREA)
    face = find_face(np.asarray(half, np.uint8))
    if face is None:
        raise NoFaceError("the photograph must show a face, none was found: reinstall scikit-image")
    level = between_eyes(symmetric(face.landmarks[list(BONE)]))
    nod = best_nod(level)
    return nodded(level, nod), nod


def symmetric(points: Points) -> Points:
    """The mean of the points and their mirror image, laid onto them."""
    mirrored = points[MIRRORED] * [-1, 1, 1]
    scale, rotation, shift = fit_similarity(mirrored, points)
    return np.asarray((points + scale * mirrored @ rotation.T + shift) / 2, np.float64)


def between_eyes(points: Points) -> Points:
    """The same points with the outer corners of the eyes at x -0.5 and 0.5, the chin below them."""
    right, left = points[OUTER_EYE_CORNERS]
    unit = float(np.linalg.norm(left - right))
    centred = (points - (right + left) / 2) / unit
    across = (left - right) / unit
    away = np.cross(across, np.array([0.0, 1.0, 0.0]))
    away /= np.linalg.norm(away)
    axes = np.stack([across, np.cross(away, across), away])
    return np.asarray(centred @ axes.T, np.float64)


def best_nod(points: Points) -> float:
    """Radians about the eyes' line that bring the points nearest to the template."""
    (y, z), (wanted_y, wanted_z) = points[:, 1:].T, TEMPLATE[:, 1:].T
    return math.atan2(
        float((y * wanted_z - z * wanted_y).sum()), float((y * wanted_y + z * wanted_z).sum())
    )


def nodded(points: Points, nod: float) -> Points:
    """The points turned about the line of the eyes."""
    cosine, sine = math.cos(nod), math.sin(nod)
    return np.asarray(points @ np.array([[1, 0, 0], [0, cosine, -sine], [0, sine, cosine]]).T)


if __name__ == "__main__":
    main()
