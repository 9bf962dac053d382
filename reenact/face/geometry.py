"""Geometry of the FFHQ square: its place in a frame, and cutting it out.

The square is that of the FFHQ data set's `recreate_aligned_images`
(https://github.com/NVlabs/ffhq-dataset/blob/master/download_ffhq.py); its blurred padding outside
of the frame is not imitated, the frame is mirrored there instead. Points are pixels, (x, y),
origin top left, pixel centres at .5, so a point scales with its picture.
"""

import math
from typing import Literal

import numpy as np
import numpy.typing as npt

from reenact.face.landmarks import FFHQ_EYE, MOUTH_CORNERS
from reenact.types import Affine, Image, Points

Square = npt.NDArray[np.float64]
"""(4,): centre x, centre y, angle, side; pixels, and radians clockwise as seen."""

LOWER = 0.0026
"""Share of the side by which dlib's points put the square lower than MediaPipe's: measured on 72
frames of 12 videos, where its deviation is 0.0025."""

LARGEST_STEP = 1.5
"""Source pixels between two samples above which bilinear sampling begins to skip pixels."""


def ffhq_quad(landmarks: Points) -> Points:
    """The FFHQ square round a face: top left, bottom left, bottom right, top right, as seen by it.

    landmarks: (478, 2 or more) MediaPipe points; returns (4, 2). Raises ValueError when the
    points span no square.
    """
    points = landmarks[:, :2]
    eye_image_left = points[list(FFHQ_EYE["right"])].mean(axis=0)
    eye_image_right = points[list(FFHQ_EYE["left"])].mean(axis=0)
    eyes = (eye_image_left + eye_image_right) / 2
    between_eyes = eye_image_right - eye_image_left
    to_mouth = points[list(MOUTH_CORNERS.values())].mean(axis=0) - eyes
    across = between_eyes + np.array([to_mouth[1], -to_mouth[0]])
    length = float(np.hypot(*across))
    if not length > 0:
        raise ValueError("landmarks must span a face, got eyes and mouth in one point")
    across *= max(2.0 * float(np.hypot(*between_eyes)), 1.8 * float(np.hypot(*to_mouth))) / length
    down = np.array([-across[1], across[0]])
    centre = eyes + 0.1 * to_mouth
    corners = (-across - down, -across + down, across + down, across - down)
    return np.stack([centre + corner for corner in corners])


def square_of_quad(quad: Points) -> Square:
    """Centre, angle and side of a square given by its corners, in `ffhq_quad`'s order."""
    top = quad[3] - quad[0]
    return np.array([*quad.mean(axis=0), math.atan2(top[1], top[0]), math.hypot(*top)])


def quad_of_square(square: Square) -> Points:
    """The corners of a square, in `ffhq_quad`'s order; the reverse of `square_of_quad`."""
    x, y, angle, side = square
    across = np.array([math.cos(angle), math.sin(angle)]) * side / 2
    down = np.array([-across[1], across[0]])
    corners = (-across - down, -across + down, across + down, across - down)
    return np.stack([np.array([x, y]) + corner for corner in corners])


def lower_as_dlib(square: Square) -> Square:
    """The square, of MediaPipe's points, moved down the face to where dlib's would put it."""
    x, y, angle, side = square
    return np.array(
        [x - LOWER * side * math.sin(angle), y + LOWER * side * math.cos(angle), angle, side]
    )


def crop_from_quad(quad: Points, size: int) -> Affine:
    """crop_from_frame, (2, 3): takes `quad`'s corners onto those of a (size, size) picture."""
    across, down = (quad[3] - quad[0]) / size, (quad[1] - quad[0]) / size
    return invert(np.stack([across, down, quad[0]], axis=1))


def invert(a: Affine) -> Affine:
    """The way back; raises numpy's LinAlgError when `a` flattens the plane."""
    linear = np.linalg.inv(a[:, :2])
    return np.hstack([linear, -linear @ a[:, 2:]])


def compose(a: Affine, b: Affine) -> Affine:
    """First `b`, then `a`: `c_from_a = compose(c_from_b, b_from_a)`."""
    return np.hstack([a[:, :2] @ b[:, :2], a[:, :2] @ b[:, 2:] + a[:, 2:]])


def transform(a: Affine, points: Points) -> Points:
    """Moves (N, 2) or (N, 3) points; a third coordinate is scaled as lengths are."""
    moved = points[:, :2] @ a[:, :2].T + a[:, 2]
    return np.hstack([moved, points[:, 2:] * math.sqrt(abs(np.linalg.det(a[:, :2])))])


def warp(
    image: Image,
    crop_from_frame: Affine,
    size: int,
    *,
    outside: Literal["mirror", "black"] = "mirror",
) -> Image:
    """The (size, size, 3) picture that `crop_from_frame` cuts out, bilinear, without aliasing.

    Where the crop shrinks the frame, pixels are averaged first, as the recipe does. Outside of the
    frame lies its mirror image, or black.
    """
    import cv2

    step = 1 / math.sqrt(abs(np.linalg.det(crop_from_frame[:, :2])))
    if step > LARGEST_STEP:
        shrink = min(math.ceil(step / LARGEST_STEP), *image.shape[:2])
        image, crop_from_frame = _average(image, crop_from_frame, size, shrink)
    border = cv2.BORDER_REFLECT_101 if outside == "mirror" else cv2.BORDER_CONSTANT
    matrix = _at_integer_centres(crop_from_frame)
    cut = cv2.warpAffine(image, matrix, (size, size), flags=cv2.INTER_LINEAR, borderMode=border)
    return np.asarray(cut, dtype=np.uint8)


def _average(image: Image, crop_from_frame: Affine, size: int, shrink: int) -> tuple[Image, Affine]:
    """The part of the frame that the crop needs, `shrink` times smaller, and its crop_from_part."""
    import cv2

    corners = np.array([[0, 0], [size, 0], [0, size], [size, size]], dtype=np.float64)
    needed = transform(invert(crop_from_frame), corners)
    room = np.array(image.shape[1::-1])
    first = np.clip(np.floor(needed.min(axis=0)) - 2 * shrink, 0, room - shrink).astype(int)
    last = np.clip(np.ceil(needed.max(axis=0)) + 2 * shrink, first + shrink, room).astype(int)
    width, height = (int(side) for side in (last - first) // shrink)
    part = image[first[1] : first[1] + height * shrink, first[0] : first[0] + width * shrink]
    small = cv2.resize(part, (width, height), interpolation=cv2.INTER_AREA)
    frame_from_small = np.array([[shrink, 0, first[0]], [0, shrink, first[1]]], dtype=np.float64)
    return np.asarray(small, dtype=np.uint8), compose(crop_from_frame, frame_from_small)


def _at_integer_centres(a: Affine) -> Affine:
    """The same map for OpenCV, which puts pixel centres at whole numbers."""
    shift = a[:, :2] @ np.array([0.5, 0.5]) - 0.5
    return np.hstack([a[:, :2], a[:, 2:] + shift[:, None]])
