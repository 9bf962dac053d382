"""Probe of video files: reads every packet, and finds whatever a conversion must know before."""

import math
from collections.abc import Iterator
from fractions import Fraction
from itertools import islice, pairwise
from pathlib import Path

import av
from av.container import InputContainer

from reenact.errors import MediaError
from reenact.media.limits import LONGEST_SIDE, MOST_FRAME_PIXELS
from reenact.media.video_colour import choose_pixel_aspect
from reenact.media.video_end import lacks_end
from reenact.media.video_info import VideoInfo
from reenact.media.video_scans import FilmScan, SoundScan
from reenact.media.video_streams import (
    decode_pictures,
    find_films,
    has_decoder,
    open_video,
    read_packets,
    translate_reading_errors,
)
from reenact.media.video_times import find_return

_CLOCK_STARTS_ANYWHERE = {"mpegts", "mpeg"}
# Containers without times of showing, and codecs for which FFmpeg guesses them a delay too late.
_KNOW_NO_SHOWING, _MISGUESSED = {"avi", "asf"}, {"h264", "hevc", "vvc"}
_LOOKED_AT = 100  # pictures: B-frames come within the first group of any encoder


def probe_video(path: Path) -> VideoInfo:
    """Look through a whole file; raises MediaError when frames could not all be read in order.

    That is: when it is empty or cut off, or its times go back for good.
    """
    with open_video(path) as (container, _), translate_reading_errors(path):
        scan = _Scan(container, path)
        film, format_name = scan.film, container.format.name
        if not film.pictures:
            raise MediaError(f"{path} holds no frame: give a video with at least one")
        _refuse_cut_off(path, container, scan)
        _refuse_return(path, film)
        _refuse_huge(path, film.stream)
        frames = film.count_mended()
        return VideoInfo(
            frames=frames,
            time_base=film.time_base,
            rate=film.rate,
            tail=film.tail,
            origin=scan.origin if format_name in _CLOCK_STARTS_ANYWHERE else 0,
            stream=film.stream.index,
            step=film.step,
            longest_step=film.longest_step,
            has_decoding_times=_has_decoding_times(path, film, format_name),
            sound=tuple(sound.track for sound in scan.sounds.values() if sound.packets),
            notes=(*_note_film(film, frames), *_note_others(scan), *_note_sound(container, scan)),
        )


class _Scan:
    """All packets of a file that may belong to the film or its sound."""

    def __init__(self, container: InputContainer, path: Path) -> None:
        self.films = {film.index: FilmScan(film) for film in find_films(container, path)}
        self.sounds = {
            sound.index: SoundScan(sound) for sound in container.streams.audio if has_decoder(sound)
        }
        self.is_torn = False  # at the last packet
        self._start: Fraction | None = None
        scans: dict[int, FilmScan | SoundScan] = {**self.films, **self.sounds}
        streams = [scan.stream for scan in scans.values()]
        for packet in read_packets(container, streams, on_damage=lambda: None):
            scans[packet.stream_index].add(packet)
            self.is_torn = packet.is_corrupt
            stamp = packet.dts if packet.pts is None else packet.pts
            if stamp is not None:
                time = stamp * packet.time_base
                self._start = time if self._start is None else min(self._start, time)

    @property
    def film(self) -> FilmScan:
        """The first that is more than a thumbnail."""
        films = list(self.films.values())
        return max(films, key=lambda film: min(film.pictures, 2))

    @property
    def origin(self) -> int:
        """Ticks of the film before which no packet starts."""
        return math.floor((self._start or 0) / self.film.time_base)


def _refuse_cut_off(path: Path, container: InputContainer, scan: _Scan) -> None:
    film, stated = scan.film, (container.duration or 0) / av.time_base
    if container.format.name == "avi":
        stated = float(film.stream.frames * film.time_base)  # left-out frames counted
    if container.format.name == "mov":
        is_short = scan.is_torn or film.packets < len(film.stream.index_entries)
    else:
        is_short = lacks_end(path, container.format.name)
    if is_short:
        last = float(film.last * film.time_base)
        of = f" of {stated:.2f}" if stated > last else ""
        raise MediaError(f"{path} is cut off after {last:.2f}{of} seconds: give the whole file")


def _refuse_return(path: Path, film: FilmScan) -> None:
    stamp = find_return(film.stamps)
    if stamp is not None:
        raise MediaError(
            f"the clock of {path} goes back after {float(stamp * film.time_base):.2f} seconds and "
            "stays back: rewrite the file, for example with ffmpeg -i FILE -fps_mode vfr NEW.mp4"
        )


def _refuse_huge(path: Path, video: av.VideoStream) -> None:
    width = round(video.codec_context.width * choose_pixel_aspect(video))
    height = video.codec_context.height
    if max(width, height) > LONGEST_SIDE or width * height > MOST_FRAME_PIXELS:
        raise MediaError(
            f"the pictures of {path} are {width} x {height} pixels: give a video of at most "
            f"{LONGEST_SIDE} on each side, and {MOST_FRAME_PIXELS // 1_000_000} million in all"
        )


def _has_decoding_times(path: Path, film: FilmScan, format_name: str) -> bool:
    """Whether pictures that are stored out of order have times as if they were not."""
    codec = film.stream.codec_context.codec.canonical_name
    if format_name in _KNOW_NO_SHOWING and codec in _MISGUESSED:
        return True
    if not film.stream.codec_context.has_b_frames or not _rise(film.stamps):
        return False
    with open_video(path, film.stream.index) as (container, video):
        pictures = islice(decode_pictures(container, video, on_damage=lambda: None), _LOOKED_AT)
        return not _rise([picture.pts for picture in pictures if picture.pts is not None])


def _rise(stamps: list[int]) -> bool:
    return all(earlier < later for earlier, later in pairwise(stamps))


def _note_film(film: FilmScan, frames: int) -> Iterator[str]:
    stated = film.stream.sample_aspect_ratio or 1
    if stated != choose_pixel_aspect(film.stream):
        yield f"pixels are taken for square: the file says {stated} for their width by height"
    if not film.stamps:
        rate = float(1 / (film.step * film.time_base))
        yield f"the file gives its pictures no times: they are taken to be {rate:g} a second"
    if frames < film.pictures:
        yield (
            "pictures left out because the file shows another at the same time: "
            f"{film.pictures - frames}"
        )


def _note_others(scan: _Scan) -> Iterator[str]:
    others = [film for film in scan.films.values() if film is not scan.film and film.pictures > 1]
    if others:
        yield f"video tracks left out, because one is converted: {len(others)}"


def _note_sound(container: InputContainer, scan: _Scan) -> Iterator[str]:
    """A sentence for each sound stream that is not in the result, numbered as users count them."""
    for number, stream in enumerate(container.streams.audio, 1):
        if stream.index not in scan.sounds:
            yield f"sound track {number} is left out: its format is not known"
        elif not scan.sounds[stream.index].packets:
            yield f"sound track {number} is left out: it holds nothing that has a time"
