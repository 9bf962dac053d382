"""Colours of decoded pictures: from any pixel format, matrix, range and curve to upright RGB."""

from fractions import Fraction

import av
import numpy as np
from av.video.reformatter import ColorRange, Colorspace, Interpolation, VideoReformatter

from reenact.media.video_hdr import hdr_curve
from reenact.media.video_upright import Matrix, display_matrix, turn_upright
from reenact.types import Image

EXACT = Interpolation.ACCURATE_RND | Interpolation.FULL_CHR_H_INT
"""Without these swscale's fast path repeats chroma samples and darkens by one step."""

_OBLONG_AT_MOST = 4  # times as wide as high, or as high as wide: anamorphic film has 2
_HD_ROWS = 720  # untagged video is BT.709 from here on, BT.601 below, as players guess
_BT601, _BT709, _BT2020 = {5, 6}, {1}, {9, 10}  # AVColorSpace


class ToRgb:
    """Turns decoded pictures of one stream into upright RGB arrays.

    The display matrix is the first picture's: PyAV ties a picture whose side data was looked at
    into a reference cycle, which cost 100 MB of pictures waiting for the garbage collector.
    """

    def __init__(self, video: av.VideoStream) -> None:
        self._pixel_aspect = choose_pixel_aspect(video)
        self._reformatter = VideoReformatter()
        self._is_first = True
        self._matrix: Matrix | None = None

    def __call__(self, picture: av.VideoFrame) -> Image:
        if self._is_first:
            self._is_first, self._matrix = False, display_matrix(picture)
        image = self._convert(picture)
        return image if self._matrix is None else turn_upright(image, self._matrix)

    def _convert(self, picture: av.VideoFrame) -> Image:
        curve = hdr_curve(picture.color_trc)
        rgb = self._reformatter.reformat(
            picture,
            width=max(round(picture.width * self._pixel_aspect), 1),
            format="rgb24" if curve is None else "rgb48le",
            src_colorspace=_choose_colorspace(picture),
            src_color_range=_choose_range(picture),
            dst_color_range=ColorRange.JPEG,
            interpolation=Interpolation.BILINEAR | EXACT,
            threads=1,
        ).to_ndarray()
        if curve is None:
            return np.asarray(rgb, np.uint8)
        return curve.to_sdr(np.asarray(rgb, np.uint16), picture.color_primaries)


def choose_pixel_aspect(video: av.VideoStream) -> Fraction:
    """Width of a pixel as a multiple of its height: 1 where the file says nothing believable."""
    stated = video.sample_aspect_ratio or Fraction(1)
    believable = Fraction(1, _OBLONG_AT_MOST) <= stated <= _OBLONG_AT_MOST
    return stated if believable else Fraction(1)


def _choose_colorspace(picture: av.VideoFrame) -> Colorspace:
    if picture.colorspace in _BT2020:
        return Colorspace.BT2020
    if picture.colorspace in _BT709:
        return Colorspace.ITU709
    is_hd = picture.height >= _HD_ROWS and picture.colorspace not in _BT601
    return Colorspace.ITU709 if is_hd else Colorspace.ITU601


def _choose_range(picture: av.VideoFrame) -> ColorRange:
    is_full = picture.color_range == ColorRange.JPEG or picture.format.name.startswith("yuvj")
    return ColorRange.JPEG if is_full or picture.format.is_rgb else ColorRange.MPEG
