"""HDR curves, HLG and PQ: pictures of high dynamic range, shown on a screen of standard range.

The formulas are those of ITU-R BT.2100. A white of 203 cd/m2 becomes standard white, as ITU-R
BT.2408 has it, and all that is darker keeps its level: a standard picture that was put into an HDR
film comes out as it was.
"""

from functools import cache

import cv2
import numpy as np
import numpy.typing as npt

from reenact.types import Image

_Floats = npt.NDArray[np.float32]

_CODES = np.arange(1 << 16) / ((1 << 16) - 1)
_PQ_PEAK, _HLG_PEAK, _WHITE = 10000.0, 1000.0, 203.0  # cd/m2
_HLG_GAMMA = 1.2  # of a screen whose peak is 1000 cd/m2
_SDR_GAMMA = 2.4  # ITU-R BT.1886
_KNEE = 0.95  # of the signal; above it highlights roll off, which moves white by 5 of 255 levels
_BRIGHTEST = 4.0  # standard whites; the knee takes all above 2 for white

_LUMINANCE = np.array([[0.2627, 0.6780, 0.0593]])  # of BT.2020's red, green and blue
_TO_BT709 = {  # AVColorPrimaries -> matrix on linear light (ITU-R BT.2087; SMPTE EG 432-1 for P3)
    1: np.eye(3),
    12: np.array([[1.2249, -0.2249, 0.0], [-0.0421, 1.0421, 0.0], [-0.0196, -0.0786, 1.0983]]),
}
_FROM_BT2020 = np.array(
    [[1.6605, -0.5876, -0.0728], [-0.1246, 1.1329, -0.0083], [-0.0182, -0.1006, 1.1187]]
)


class HdrCurve:
    """One of the two transfer functions of HDR."""

    def __init__(self, light: npt.NDArray[np.float64], system_gamma: float) -> None:
        """light: of each of 65536 signals, standard whites once the system's gamma is applied."""
        self._light = light.astype(np.float32)
        self._gamma = system_gamma

    def to_sdr(self, picture: npt.NDArray[np.uint16], primaries: int) -> Image:
        """An (H, W, 3) uint16 RGB picture of this curve as (H, W, 3) uint8 BT.709.

        primaries: number in ITU-T H.273; BT.2020 where it is none that this knows.
        """
        light = self._light[picture]
        if self._gamma != 1:
            luminance = cv2.transform(light, _LUMINANCE)
            light *= cv2.pow(luminance, self._gamma - 1)[..., None]
        shown = cv2.transform(light, _TO_BT709.get(primaries, _FROM_BT2020))
        # Roots of light, because a table of light itself would be too coarse in the dark.
        roots = np.sqrt(np.clip(shown, 0, _BRIGHTEST) / _BRIGHTEST)
        sdr: Image = _sdr_table()[(roots * (len(_CODES) - 1)).astype(np.uint16)]
        return sdr


def hdr_curve(transfer: int) -> HdrCurve | None:
    """The curve of a transfer characteristic's number in ITU-T H.273, None for one that is SDR."""
    return {16: _pq, 18: _hlg}[transfer]() if transfer in {16, 18} else None


@cache
def _pq() -> HdrCurve:
    m1, m2 = 2610 / 16384, 2523 / 4096 * 128
    c1, c2, c3 = 3424 / 4096, 2413 / 4096 * 32, 2392 / 4096 * 32
    root = _CODES ** (1 / m2)
    light = (np.maximum(root - c1, 0) / (c2 - c3 * root)) ** (1 / m1)
    return HdrCurve(light * _PQ_PEAK / _WHITE, system_gamma=1)


@cache
def _hlg() -> HdrCurve:
    a, b, c = 0.17883277, 0.28466892, 0.55991073
    scene = np.where(_CODES <= 0.5, _CODES**2 / 3, (np.exp((_CODES - c) / a) + b) / 12)
    # Scaled so that the gamma, which raises luminance, gives standard whites.
    return HdrCurve(scene * (_HLG_PEAK / _WHITE) ** (1 / _HLG_GAMMA), _HLG_GAMMA)


@cache
def _sdr_table() -> Image:
    signal = (_CODES**2 * _BRIGHTEST) ** (1 / _SDR_GAMMA)
    rolled = _KNEE + (1 - _KNEE) * -np.expm1(-(signal - _KNEE) / (1 - _KNEE))
    return np.round(255 * np.where(signal < _KNEE, signal, rolled)).astype(np.uint8)
