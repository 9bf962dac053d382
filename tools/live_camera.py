"""The sample driver before a fake camera, and what it is known to do."""

from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from reenact.media.video_probe import probe_video
from reenact.media.video_reader import read_frames
from reenact.packs.bundled import DRIVER
from reenact.types import Image
from server.webrtc.delay_code import ROWS as CODE_ROWS
from server.webrtc.delay_code import draw
from tools.puppet.choreography import FRAME_RATE, known_motion


def driver_frames(every: int = 1, height: int = 480) -> list[Image]:
    """One in `every` frames of the sample driver, (height, height * 4 / 3, 3)."""
    info = probe_video(DRIVER)
    kept = [
        frame.image for number, frame in enumerate(read_frames(DRIVER, info)) if not number % every
    ]
    if kept[0].shape[0] == height:
        return kept
    size = (height * 4 // 3, height)
    return [
        np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)
        for image in kept
    ]


def write_camera(path: Path, frames: list[Image], every: int = 1, *, numbered: bool = True) -> Path:
    """`frames` as y4m, which Chromium takes for a camera and repeats. every: as they were made.

    numbered: the lowest rows of each show its place in `frames` as a delay code, for whoever must
    know what the camera saw: a browser that is short of time plays the file more slowly.
    """
    height, width = frames[0].shape[:2]
    rate = FRAME_RATE / every
    head = f"YUV4MPEG2 W{width} H{height} F{rate.numerator}:{rate.denominator} Ip A1:1 C420jpeg\n"
    with path.open("wb") as file:
        file.write(head.encode())
        for number, image in enumerate(frames):
            planes = cv2.cvtColor(image, cv2.COLOR_RGB2YUV_I420)
            if numbered:
                planes[height - CODE_ROWS : height] = draw(number, width)
            file.write(b"FRAME\n" + planes.tobytes())
    return path


def motion_of(number: int, every: int = 1) -> npt.NDArray[np.float32]:
    """What the driver does in a camera's picture of that number: (13,), see `EXPRESSION_AXES`."""
    return known_motion(float(number * every / FRAME_RATE))
