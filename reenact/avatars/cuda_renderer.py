"""Renderer on a CUDA GPU: one thread a pixel, each with the CPU's source.

Needs a CUDA device; without one the first call raises numba's own error. Tested only in numba's
CUDA simulator so far.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from numba import cuda

from reenact.avatars.frame import frame_constants
from reenact.avatars.person import Person
from reenact.avatars.pixels import TILE, draw_pixel, smooth_pixel, start_of_tile
from reenact.types import Image

_BLOCK = (1, 8, 8)  # two warps on a square, whose rays take similar ways


@cuda.jit
def _start_kernel(starts, size, constants):  # type: ignore[no-untyped-def]
    n, row, column = cuda.grid(3)  # type: ignore[attr-defined]
    if n < starts.shape[0] and row < starts.shape[1] and column < starts.shape[2]:
        starts[n, row, column] = start_of_tile(row, column, size, constants[n])


@cuda.jit
def _draw_kernel(images, starts, constants):  # type: ignore[no-untyped-def]
    n, row, column = cuda.grid(3)  # type: ignore[attr-defined]
    if n < images.shape[0] and row < images.shape[1] and column < images.shape[2]:
        draw_pixel(images[n], row, column, starts[n], constants[n])


@cuda.jit
def _smooth_kernel(smooth, images, samples, starts, constants):  # type: ignore[no-untyped-def]
    n, row, column = cuda.grid(3)  # type: ignore[attr-defined]
    if n < images.shape[0] and row < images.shape[1] and column < images.shape[2]:
        smooth_pixel(smooth[n], images[n], row, column, samples, starts[n], constants[n])


def _blocks(n: int, rows: int) -> tuple[int, int, int]:
    across = -(-rows // _BLOCK[1])
    return n, across, across


def render_batch_on_cuda(
    people: Sequence[Person], motions: npt.NDArray[np.float32], size: int = 256, samples: int = 4,
    *, cutout: bool = False,
) -> Image:  # fmt: skip
    """Draw `people[i]` doing `motions[i]` on the GPU: pictures as of `render_batch`."""
    pairs = zip(people, motions, strict=True)
    drawn = [frame_constants(p, m, backdrop=not cutout) for p, m in pairs]
    constants = cuda.to_device(np.stack(drawn))
    n, tiles = len(people), -(-size // TILE)
    starts = cuda.device_array((n, tiles, tiles), np.float32)
    images = cuda.device_array((n, size, size, 4), np.uint8)
    smooth = cuda.device_array((n, size, size, 4), np.uint8)
    _start_kernel[_blocks(n, tiles), _BLOCK](starts, size, constants)
    _draw_kernel[_blocks(n, size), _BLOCK](images, starts, constants)
    _smooth_kernel[_blocks(n, size), _BLOCK](smooth, images, samples, starts, constants)
    layers: Image = smooth.copy_to_host()
    return layers if cutout else np.ascontiguousarray(layers[..., :3])
