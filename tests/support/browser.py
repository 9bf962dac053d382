"""A headless Chromium whose camera is a file, for tests of what is served to browsers."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import cv2
import numpy as np
from playwright.sync_api import Browser, sync_playwright

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
WHY_NOT = "Chromium is not installed: NOTHING of the page is tested here; apt-get install chromium"

FLAGS = (
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
    # Both ends sit on 127.0.0.1, so no network is needed.
    "--allow-loopback-in-peer-connection",
    "--disable-features=WebRtcHideLocalIpsWithMdns",
)

CAMERA_SIZE = (240, 320)
CAMERA_FPS = 15


@contextmanager
def open_browser(camera: Path, *flags: str) -> Iterator[Browser]:
    """Chromium that films `camera`, a y4m file which it repeats; `flags` are added to `FLAGS`."""
    film = f"--use-file-for-fake-video-capture={camera.resolve()}"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, chromium_sandbox=False, args=[*FLAGS, film, *flags]
        )
        yield browser
        browser.close()


def write_camera(path: Path, frames: int = 45, seed: int = 0) -> Path:
    """A film of scrolling coarse noise, `CAMERA_SIZE` at `CAMERA_FPS`, as y4m."""
    height, width = CAMERA_SIZE
    noise = np.random.default_rng(seed).integers(16, 235, (height // 16, width // 16), np.uint8)
    with path.open("wb") as file:
        file.write(f"YUV4MPEG2 W{width} H{height} F{CAMERA_FPS}:1 Ip A1:1 C420jpeg\n".encode())
        for number in range(frames):
            luma = np.roll(cv2.resize(noise, (width, height)), 4 * number, axis=1)
            chroma = np.full((height // 2, width), 128, np.uint8)
            file.write(b"FRAME\n" + luma.tobytes() + chroma.tobytes())
    return path
