"""Makes the sample driver clip: a real face with known motion, and a sound that follows its mouth.

    python tools/make_driver.py [reenact/packs_data/driver.mp4]

Needs the development extras; the photograph comes with scikit-image (NASA, public domain).
"""

import sys
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt
from tqdm import tqdm

from tools.puppet.choreography import (
    DURATION_S,
    FRAME_RATE,
    FRAMES,
    SYLLABLES,
    known_motion,
)
from tools.puppet.warper import Puppet

TARGET = Path(__file__).parents[1] / "reenact" / "packs_data" / "driver.mp4"
SOUND_RATE = 44100
VIDEO_OPTIONS = {"crf": "19", "preset": "slow", "threads": "2"}
TUNE = (262, 330, 392, 330, 349, 440, 523, 440, 392, 494, 587, 494, 523, 392, 330, 262)
"""Hertz, one note after the other."""


def main() -> None:
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else TARGET
    write_driver(target)
    print(f"{target}: {target.stat().st_size / 1e6:.2f} MB")


def write_driver(target: Path, *, frames: int = FRAMES) -> None:
    """Writes the first `frames` of the clip: H.264 yuv420p 640x480 at 30000/1001, AAC mono."""
    puppet = Puppet()
    unfinished = target.with_name(f".{target.name}")
    with av.open(
        str(unfinished), "w", format="mp4", options={"movflags": "faststart"}
    ) as container:
        video = container.add_stream("libx264", rate=FRAME_RATE, options=VIDEO_OPTIONS)
        video.width, video.height, video.pix_fmt = 640, 480, "yuv420p"
        video.codec_context.time_base = 1 / FRAME_RATE
        audio = container.add_stream("aac", rate=SOUND_RATE, layout="mono")
        audio.bit_rate = 64000
        for index in tqdm(range(frames), unit="frame"):
            picture = puppet.frame(known_motion(float(index / FRAME_RATE)))
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            frame.pts, frame.time_base = index, 1 / FRAME_RATE
            container.mux(video.encode(frame))
        container.mux(video.encode(None))
        for block in _sound_blocks(sound()[: round(frames / FRAME_RATE * SOUND_RATE)]):
            container.mux(audio.encode(block))
        container.mux(audio.encode(None))
    unfinished.replace(target)


def sound() -> npt.NDArray[np.float32]:
    """(N,) in -1..1 at `SOUND_RATE`: a soft tune, a voice for every syllable, a click at its start.

    The click tells, to the millisecond, when a mouth begins to open.
    """
    time = np.arange(round(DURATION_S * SOUND_RATE)) / SOUND_RATE
    mixed = 0.06 * _tune(time)
    for start, length, depth in SYLLABLES:
        since = time - start
        mixed += 0.35 * depth * _voice(since) * np.sin(np.pi * np.clip(since / length, 0, 1)) ** 2
        mixed += (
            0.5
            * np.sin(2 * np.pi * 2500 * since)
            * np.exp(-np.maximum(since, 0) / 0.002)
            * (since >= 0)
        )
    return np.clip(mixed, -1, 1).astype(np.float32)


def _tune(time: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    note_s = DURATION_S / len(TUNE)
    index = np.minimum((time / note_s).astype(int), len(TUNE) - 1)
    since = time - index * note_s
    fade = np.minimum(since / 0.02, 1) * np.exp(-2.5 * since)
    return np.asarray(np.sin(2 * np.pi * np.take(TUNE, index) * since) * fade, np.float64)


def _voice(since: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """A buzz with the overtones of an open vowel."""
    overtones = ((1, 0.5), (2, 0.4), (3, 0.45), (4, 0.5), (5, 0.3), (6, 0.2), (8, 0.1))
    pitch = 190.0
    parts = [share * np.sin(2 * np.pi * pitch * number * since) for number, share in overtones]
    return np.asarray(np.sum(parts, axis=0), np.float64)


def _sound_blocks(samples: npt.NDArray[np.float32], size: int = 1024) -> list[av.AudioFrame]:
    blocks = []
    for start in range(0, len(samples), size):
        block = av.AudioFrame.from_ndarray(
            np.ascontiguousarray(samples[None, start : start + size]), format="fltp", layout="mono"
        )
        block.sample_rate, block.pts = SOUND_RATE, start
        block.time_base = Fraction(1, SOUND_RATE)
        blocks.append(block)
    return blocks


if __name__ == "__main__":
    main()
