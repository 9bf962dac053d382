"""A headless Chromium whose camera is a film, for programs that use the page as people do."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")

QUIET = (
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
CAMERA = ("--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream")
LOOPBACK = (
    "--allow-loopback-in-peer-connection",
    "--disable-features=WebRtcHideLocalIpsWithMdns",
)
"""Both ends sit on 127.0.0.1, so no network is needed."""


@contextmanager
def open_browser(film: Path) -> Iterator[Browser]:
    """Chromium that films `film`, a y4m file which it repeats."""
    camera = f"--use-file-for-fake-video-capture={film.resolve()}"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM,
            chromium_sandbox=False,
            args=[*QUIET, *CAMERA, *LOOPBACK, camera],
        )
        yield browser
        browser.close()
