"""Renderer of people: pictures, and the places of eyes and mouth in them."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import numpy.typing as npt

from reenact.avatars import layout as at
from reenact.avatars.compiled import scalar
from reenact.avatars.frame import Motion, frame_constants
from reenact.avatars.layout import Constants, FrameConstants
from reenact.avatars.person import Person
from reenact.avatars.pixels import TILE, Layers, Starts, draw_pixel, smooth_pixel, start_of_tile
from reenact.types import Image, Points


@scalar
def _draw(image: Layers, smooth: Layers, starts: Starts, samples: int, f: Constants) -> None:
    size = image.shape[0]
    for row in range(starts.shape[0]):
        for column in range(starts.shape[1]):
            starts[row, column] = start_of_tile(row, column, size, f)
    for row in range(size):
        for column in range(size):
            draw_pixel(image, row, column, starts, f)
    for row in range(size):
        for column in range(size):
            smooth_pixel(smooth, image, row, column, samples, starts, f)


def render(person: Person, motion: Motion, size: int = 256, samples: int = 4) -> Image:
    """Draw `person` doing `motion`, (size, size, 3) uint8 RGB.

    samples: extra rays for each pixel at a contrast; 0 draws without anti-aliasing. Single thread,
    without the GIL. Same arguments, same picture.
    """
    f = frame_constants(person, motion)
    return np.ascontiguousarray(_draw_layers(f, size, samples)[..., :3])


def render_cutout(person: Person, motion: Motion, size: int = 256, samples: int = 4) -> Layers:
    """Draw `person` doing `motion` without a backdrop, (size, size, 4) uint8: RGB and alpha.

    Alpha is straight: an edge has the colour of head, hair, neck or shirt, none of a background;
    pixels that nothing covers are 0. Otherwise as `render`.
    """
    return _draw_layers(frame_constants(person, motion, backdrop=False), size, samples)


def _draw_layers(f: FrameConstants, size: int, samples: int) -> Layers:
    image = np.empty((size, size, 4), np.uint8)
    smooth = np.empty_like(image)
    tiles = -(-size // TILE)
    _draw(image, smooth, np.empty((tiles, tiles), np.float32), samples, f)
    return smooth


def render_batch(
    people: Sequence[Person],
    motions: npt.NDArray[np.float32],
    size: int = 256,
    samples: int = 4,
    threads: int = 1,
    *,
    cutout: bool = False,
) -> Image:
    """Draw `people[i]` doing `motions[i]`, (N, size, size, 3) uint8 RGB; a cutout's have alpha.

    Raises ValueError for numbers of people and motions that differ.
    """
    if len(people) != len(motions):
        raise ValueError(f"got {len(people)} people and {len(motions)} motions: give one each")
    draw = render_cutout if cutout else render
    with ThreadPoolExecutor(threads) as pool:
        pictures = pool.map(lambda p, m: draw(p, m, size, samples), people, motions)
        return np.stack(list(pictures))


def eye_and_mouth_centres(person: Person, motion: Motion, size: int = 256) -> Points:
    """Locate the subject's right eye, left eye and mouth: (3, 2) pixels (x, y), centres at .5."""
    f = frame_constants(person, motion)
    front = f[at.PIVOT_Z]
    mouth = [f[at.MOUTH_X], f[at.MOUTH_Y] + 0.5 * (f[at.GAP_UP] - f[at.GAP_LOW]), front + 0.05]
    head = np.array([[-f[at.EYE_X], 0, front], [f[at.EYE_X], 0, front], mouth])
    pivot = np.array([0.0, 0.0, front])
    world = (head - pivot) @ f[at.R00 : at.R00 + 9].reshape(3, 3).T + pivot
    scale = size / f[at.SIDE]
    x = (world[:, 0] - f[at.CENTRE_X]) * scale + 0.5 * size
    y = (f[at.CENTRE_Y] - world[:, 1]) * scale + 0.5 * size
    return np.stack([x, y], axis=1)
