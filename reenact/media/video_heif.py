"""Reader of HEIC and AVIF photographs: FFmpeg decodes their tiles, which are joined here."""

import struct
from collections.abc import Mapping
from pathlib import Path

import av
import numpy as np
from av.video.reformatter import ColorRange, Colorspace, Interpolation, VideoReformatter

from reenact.errors import MediaError
from reenact.media.files import translate_os_errors
from reenact.media.heif_items import HeifPicture, UnknownItemError, find_primary, turn
from reenact.media.limits import MOST_PIXELS, MOST_TILES
from reenact.media.picture_sizes import check_size
from reenact.media.video_open import open_container
from reenact.types import Image

_BT709, _BT2020 = {1}, {9, 10}  # AVColorSpace; all else is BT.601, what the standard presumes
_LIMITED = ColorRange.MPEG


def read_heif(path: Path) -> Image:
    """The primary picture, (H, W, 3), upright, without transparency.

    Raises MediaError when the file is damaged, claims too many pixels, or is of a rare kind.
    """
    with translate_os_errors(path, "cannot be read", "check the path"):
        data = path.read_bytes()
    try:
        picture = find_primary(data)
    except UnknownItemError as error:
        raise MediaError(
            f"{path} is a HEIF picture of type {error}, which cannot be read here: save it as JPEG "
            "or PNG"
        ) from error
    except (ValueError, LookupError, struct.error) as error:
        raise MediaError(f"{path} is a damaged HEIF picture: give another copy") from error
    check_size(path, *picture.size)
    with translate_os_errors(
        path, "cannot be decoded", "save it as JPEG or PNG", caught=(OSError, av.FFmpegError)
    ):
        tiles = _decode(path, picture)
    return np.ascontiguousarray(turn(_join(path, picture, tiles), picture))


def _decode(path: Path, picture: HeifPicture) -> Mapping[int, Image]:
    """The tiles by the number of their item; FFmpeg shows each item as a stream of one picture."""
    to_rgb, tiles = VideoReformatter(), {}
    with open_container(path, "mov", most_streams=MOST_TILES, most_pixels=MOST_PIXELS) as container:
        wanted = set(picture.tiles)
        streams = [stream for stream in container.streams.video if stream.id in wanted]
        for packet in container.demux(streams):
            for decoded in packet.decode():
                if isinstance(decoded, av.VideoFrame):
                    tiles[packet.stream.id] = _to_rgb(to_rgb, decoded)
    return tiles


def _to_rgb(reformatter: VideoReformatter, decoded: av.VideoFrame) -> Image:
    matrix = Colorspace.ITU601
    if decoded.colorspace in _BT709:
        matrix = Colorspace.ITU709
    elif decoded.colorspace in _BT2020:
        matrix = Colorspace.BT2020
    is_limited = decoded.color_range == _LIMITED and not decoded.format.is_rgb
    rgb = reformatter.reformat(
        decoded,
        format="rgb24",
        src_colorspace=matrix,
        src_color_range=_LIMITED if is_limited else ColorRange.JPEG,
        dst_color_range=ColorRange.JPEG,
        interpolation=Interpolation.BILINEAR
        | Interpolation.ACCURATE_RND
        | Interpolation.FULL_CHR_H_INT,
        threads=1,
    )
    return np.asarray(rgb.to_ndarray(), np.uint8)


def _join(path: Path, picture: HeifPicture, tiles: Mapping[int, Image]) -> Image:
    """The tiles side by side, cut to the picture's size. Raises MediaError when they do not fit."""
    rows = [
        picture.tiles[start : start + picture.columns]
        for start in range(0, len(picture.tiles), picture.columns)
    ]
    height, width = picture.size
    pixels = sum(
        tiles[item].shape[0] * tiles[item].shape[1] for item in picture.tiles if item in tiles
    )
    check_size(path, 1, pixels)  # a file may name one large tile many times
    try:
        joined = np.vstack([np.hstack([tiles[item] for item in row]) for row in rows])
    except (KeyError, ValueError) as error:
        raise MediaError(
            f"{path} lacks a part of its picture that can be decoded: save it as JPEG or PNG"
        ) from error
    if joined.shape[0] < height or joined.shape[1] < width:
        raise MediaError(f"{path} holds less of its picture than it says: give another copy")
    return joined[:height, :width]
