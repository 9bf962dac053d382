"""The inverse of what is tested is written here anew, from ITU-R BT.2100's own formulas."""

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt
import pytest

from reenact.media.video_hdr import hdr_curve
from reenact.media.video_probe import probe_video
from reenact.media.video_reader import read_frames
from reenact.types import Image
from tests.support.clips import numbered_picture

PQ, HLG = 16, 18  # in ITU-T H.273
BT2020, BT2020_MATRIX = 9, 9
WHITE = 203.0  # cd/m2, ITU-R BT.2408
TO_BT2020 = np.array([[0.6274, 0.3293, 0.0433], [0.0691, 0.9195, 0.0114], [0.0164, 0.0880, 0.8956]])
LUMINANCE = np.array([0.2627, 0.6780, 0.0593])

Floats = npt.NDArray[np.float64]


def to_pq(light: Floats) -> Floats:
    """Signal of light in cd/m2."""
    power = (light / 10000) ** 0.1593017578125
    return ((0.8359375 + 18.8515625 * power) / (1 + 18.6875 * power)) ** 78.84375


def to_hlg(light: Floats) -> Floats:
    """Signal of light in cd/m2 on a screen of 1000."""
    shown = light / 1000
    scene = shown * np.maximum(shown @ LUMINANCE, 1e-12)[..., None] ** (-0.2 / 1.2)
    high = 0.17883277 * np.log(np.maximum(12 * scene - 0.28466892, 1e-12)) + 0.55991073
    signal: Floats = np.where(scene <= 1 / 12, np.sqrt(3 * scene), high)
    return signal


def to_hdr(picture: Image, transfer: int) -> Floats:
    """The HDR signal, (H, W, 3) 0..1, of a picture of standard range."""
    light = WHITE * (picture / 255) ** 2.4 @ TO_BT2020.T
    return to_pq(light) if transfer == PQ else to_hlg(light)


def write_hdr(path: Path, picture: Image, transfer: int) -> Path:
    """A film of one 10-bit HEVC picture, tagged as phones do."""
    red, green, blue = np.moveaxis(to_hdr(picture, transfer), -1, 0)
    luma = np.stack([red, green, blue], axis=-1) @ LUMINANCE
    chroma = [(blue - luma) / 1.8814, (red - luma) / 1.4746]
    planes = [64 + 876 * luma, *(512 + 896 * values for values in chroma)]
    frame = av.VideoFrame(picture.shape[1], picture.shape[0], "yuv444p10le")
    for plane, values in zip(frame.planes, planes, strict=True):
        padding = plane.line_size // 2 - values.shape[1]
        plane.update(np.pad(np.round(values), ((0, 0), (0, padding))).astype("<u2").tobytes())
    frame.pts, frame.time_base = 0, Fraction(1, 25)
    with av.open(str(path), "w") as file:
        stream = file.add_stream("libx265", rate=25)
        stream.options = {"x265-params": "lossless=1:log-level=none"}
        stream.height, stream.width = picture.shape[:2]
        stream.pix_fmt = "yuv444p10le"
        context = stream.codec_context
        context.color_trc, context.color_primaries = transfer, BT2020
        context.colorspace, context.color_range = BT2020_MATRIX, 1
        file.mux(stream.encode(frame))
        file.mux(stream.encode(None))
    return path


@pytest.mark.parametrize("transfer", [PQ, HLG])
def test_standard_picture_comes_back_from_an_hdr_film(transfer: int, tmp_path: Path) -> None:
    picture = numbered_picture(0b10110010, (48, 64))
    picture[:12, 32:] = np.linspace(0, 250, 32, dtype=np.uint8)[None, :, None]
    picture[12:24, 32:] = (180, 140, 120)  # skin
    path = write_hdr(tmp_path / "clip.mp4", picture, transfer)

    shown = next(read_frames(path, probe_video(path))).image

    difference = np.abs(shown.astype(int) - picture)
    assert difference.max() <= 6  # of white: it lies on the knee
    assert difference[picture < 240].max() <= 2


@pytest.mark.parametrize("transfer", [PQ, HLG])
def test_every_colour_keeps_its_level(transfer: int) -> None:
    picture = np.random.default_rng(1).integers(32, 240, (40, 30, 3), dtype=np.uint8)
    signal = np.round(to_hdr(picture, transfer) * 65535).astype(np.uint16)
    curve = hdr_curve(transfer)
    assert curve is not None

    assert np.abs(curve.to_sdr(signal, BT2020).astype(int) - picture).max() <= 2


@pytest.mark.parametrize("transfer", [PQ, HLG])
def test_what_is_brighter_than_white_rolls_off(transfer: int) -> None:
    curve = hdr_curve(transfer)
    assert curve is not None
    ramp = np.repeat(np.linspace(0, 65535, 256).astype(np.uint16)[:, None, None], 3, axis=2)

    greys = curve.to_sdr(ramp, BT2020)[:, 0, 0].astype(int)

    assert (np.diff(greys) >= 0).all()
    assert (greys[0], greys[-1]) == (0, 255)


@pytest.mark.parametrize("transfer", [0, 1, 2, 6, 13, 14, 15, 99])
def test_other_curves_are_left_alone(transfer: int) -> None:
    assert hdr_curve(transfer) is None
