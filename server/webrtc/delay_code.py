"""The delay code: a frame's number drawn in its top rows, so that its sender can time its return.

16 equal cells: white, black, 12 bits of the Gray-coded number (highest first), their even parity,
black. White is 1. In Gray code a blend of two successive frames reads as one of the two. The page
has the same code in static/delay_code.js; docs/live-protocol.md specifies it.
"""

import numpy as np
import numpy.typing as npt

Plane = npt.NDArray[np.uint8]
"""(H, W) luma."""

ROWS, OF_ROWS = 16, 480
"""Height of the strip in a camera picture of 480 rows; smaller pictures have a smaller one."""

CELLS = 16
BITS = 12
BLACK, WHITE = 16, 235
"""Luma of the cells: the ends of the limited range."""
LEAST_CONTRAST = 60
"""Difference of luma between white and black cells below which a strip is none."""


def rows_of(height: int) -> int:
    """Rows of the strip in a camera picture that is `height` rows high."""
    return min(ROWS, round(ROWS * height / OF_ROWS))


def draw(number: int, width: int) -> Plane:
    """The strip that shows `number` modulo 4096, (ROWS, width). width: a multiple of 16."""
    number %= 1 << BITS
    gray = number ^ (number >> 1)
    bits = [gray >> place & 1 for place in reversed(range(BITS))]
    cells = np.array([1, 0, *bits, sum(bits) % 2, 0], np.uint8)
    row = np.repeat(np.where(cells == 1, WHITE, BLACK).astype(np.uint8), width // CELLS)
    return np.broadcast_to(row, (ROWS, row.size)).copy()


def read(luma: Plane) -> int | None:
    """The number in the top rows of a camera picture's `luma`; None where no code is readable."""
    rows = rows_of(luma.shape[0])
    if rows < 4 or luma.shape[1] < 4 * CELLS:
        return None
    # The middle half of each cell, in both directions: codecs smear the borders.
    middles = (np.arange(CELLS) + 0.5) * luma.shape[1] / CELLS
    reach = luma.shape[1] // (4 * CELLS)
    inner = [
        luma[rows // 4 : rows - rows // 4, round(middle) - reach : round(middle) + reach]
        for middle in middles
    ]
    levels = np.array([cell.mean() for cell in inner])
    white, black = levels[0], (levels[1] + levels[-1]) / 2
    if white - black < LEAST_CONTRAST:
        return None
    bits = (levels > (white + black) / 2).astype(int)
    if bits[1] or bits[-1] or bits[2 : 2 + BITS].sum() % 2 != bits[-2]:
        return None
    return _decode_gray(bits[2 : 2 + BITS].tolist())


def _decode_gray(gray: list[int]) -> int:
    number, bit = 0, 0
    for digit in gray:
        bit ^= digit
        number = number << 1 | bit
    return number
