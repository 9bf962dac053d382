"""Reader of video files: every frame, upright, RGB, with its exact time.

The modules `video_*` are the only importers of PyAV outside the service.
"""

from collections.abc import Generator, Iterator
from fractions import Fraction
from pathlib import Path
from typing import TypeAlias, cast

import av
import numpy as np
import numpy.typing as npt
from av.container import InputContainer
from av.sidedata.sidedata import SideData
from av.video.reformatter import ColorRange, Colorspace, Interpolation, VideoReformatter

from reenact.errors import MediaError
from reenact.media.video_info import VideoInfo
from reenact.media.video_streams import open_video, translate_reading_errors
from reenact.types import Frame, Image

EXACT = Interpolation.ACCURATE_RND | Interpolation.FULL_CHR_H_INT
"""Without these swscale's fast path repeats chroma samples and darkens by one step."""

_Matrix: TypeAlias = npt.NDArray[np.int32]

_HD_ROWS = 720  # untagged video is BT.709 from here on, BT.601 below, as players guess
_BT601, _BT709, _BT2020 = {5, 6}, {1}, {9, 10}  # AVColorSpace


def read_frames(path: Path, info: VideoInfo, *, skip: int = 0) -> Generator[Frame, None, None]:
    """The frames of a probed file in order, all but the first `skip`.

    Pictures are upright (display matrix applied) and have square pixels. Decodes ahead on threads
    of its own, so that the caller may use every core. Raises MediaError for a damaged or unstamped
    frame.
    """
    with open_video(path) as (container, video), translate_reading_errors(path):
        to_rgb = _ToRgb(video)
        # AVI knows no times of showing; for H.264, FFmpeg takes those of decoding in their place.
        in_order = container.format.name != "avi" or video.codec_context.name != "h264"
        previous = None
        for index, picture in enumerate(_decode(container, video, path)):
            stamp = picture.pts if in_order else _decoding_time(picture, previous)
            if stamp is None or (previous is not None and stamp <= previous):
                raise MediaError(
                    f"frame {index} of {path} has no time after the one before: "
                    "rewrite the file, for example with ffmpeg -i FILE -fps_mode vfr NEW.mp4"
                )
            previous = stamp
            if index >= skip:
                yield Frame(to_rgb(picture), stamp - info.origin, info.time_base)


def _decoding_time(picture: av.VideoFrame, previous: int | None) -> int | None:
    """The time of the packet that released the picture; the last pictures come without one."""
    return picture.dts if picture.dts is not None or previous is None else previous + 1


def _decode(
    container: InputContainer, video: av.VideoStream, path: Path
) -> Iterator[av.VideoFrame]:
    time = None
    for packet in container.demux(video):
        try:
            pictures = video.decode(packet if packet.size else None)
        except av.error.InvalidDataError as error:
            if time is None:  # a broadcast that begins between two key frames
                continue
            raise MediaError(
                f"{path} is damaged after {time:.2f} seconds: give an undamaged copy"
            ) from error
        for picture in pictures:
            time = picture.time
            yield picture
    if time is None:
        raise MediaError(f"{path} holds no frame that can be decoded: give an undamaged copy")


class _ToRgb:
    """Turns decoded pictures of one stream into upright RGB arrays.

    The display matrix is the first picture's: PyAV ties a picture whose side data was looked at
    into a reference cycle, which cost 100 MB of pictures waiting for the garbage collector.
    """

    def __init__(self, video: av.VideoStream) -> None:
        self._pixel_aspect = video.sample_aspect_ratio or Fraction(1)
        self._reformatter = VideoReformatter()
        self._is_first = True
        self._matrix: _Matrix | None = None

    def __call__(self, picture: av.VideoFrame) -> Image:
        if self._is_first:
            self._is_first, self._matrix = False, _display_matrix(picture)
        rgb = self._reformatter.reformat(
            picture,
            width=max(round(picture.width * self._pixel_aspect), 1),
            format="rgb24",
            src_colorspace=_choose_colorspace(picture),
            src_color_range=_choose_range(picture),
            dst_color_range=ColorRange.JPEG,
            interpolation=Interpolation.BILINEAR | EXACT,
            threads=1,
        )
        image = np.asarray(rgb.to_ndarray(), np.uint8)
        return image if self._matrix is None else turn_upright(image, self._matrix)


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


def _display_matrix(picture: av.VideoFrame) -> _Matrix | None:
    """The (3, 3) matrix that `picture` carries, if any."""
    matrix = cast("SideData | None", picture.side_data.get("DISPLAYMATRIX"))
    return None if matrix is None else np.frombuffer(bytes(matrix), np.int32).reshape(3, 3)


def turn_upright(image: Image, matrix: _Matrix) -> Image:
    """Apply a display matrix: (3, 3) in the layout of ISO 14496-12, stored -> shown (row vectors).

    Quarter turns and mirrorings are exact; other angles count as the nearest of them.
    """
    (a, b), (c, d) = matrix[:2, :2].tolist()
    is_turned = abs(b) + abs(c) > abs(a) + abs(d)
    x_sign, y_sign = (c, b) if is_turned else (a, d)
    shown = image.transpose(1, 0, 2) if is_turned else image
    shown = shown[:: -1 if y_sign < 0 else 1, :: -1 if x_sign < 0 else 1]
    return np.ascontiguousarray(shown)
