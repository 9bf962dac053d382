"""Photographs the page of the real service, with the sample driver before Chromium's camera.

python -m tools.make_page_screenshots [FOLDER]     docs/ is where README looks for them
"""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal, TypeAlias

from playwright.sync_api import Browser, ViewportSize

from tools.browser import open_browser
from tools.live_camera import driver_frames, write_camera
from tools.live_service import serving

Theme: TypeAlias = Literal["light", "dark"]

TARGET = Path("docs")
SHOWN = "ines"
DESKTOP = ViewportSize(width=1440, height=900)
PHONE = ViewportSize(width=390, height=844)
SHOTS: tuple[tuple[str, Theme, ViewportSize], ...] = (
    ("page-light", "light", DESKTOP),
    ("page-dark", "dark", DESKTOP),
    ("page-phone", "dark", PHONE),
)
SETTLED_MS = 14_000
"""Until the delay's plot has a stretch to show."""


def main() -> None:
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else TARGET
    target.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory() as folder:
        camera = write_camera(Path(folder, "driver.y4m"), driver_frames(), numbered=False)
        with serving() as served, open_browser(camera) as browser:
            for name, theme, size in SHOTS:
                shoot(browser, served.url, target / f"{name}.png", theme, size)


def shoot(browser: Browser, url: str, path: Path, theme: Theme, size: ViewportSize) -> None:
    """The page in use, from its top to what fits the window."""
    with browser.new_context(viewport=size, color_scheme=theme) as context:
        page = context.new_page()
        page.goto(url)
        page.check(f"[name=identity][value={SHOWN}]", force=True)
        page.click("#start")
        page.wait_for_selector("#stage.playing")
        page.wait_for_timeout(SETTLED_MS)
        page.screenshot(path=path)
    print(path)


if __name__ == "__main__":
    main()
