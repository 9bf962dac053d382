"""Photographs the page in a headless Chromium, with the sample driver before its camera.

python -m tools.make_page_screenshots [out/page]
"""

import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic
from typing import Literal, TypeAlias

import cv2
import numpy as np
from playwright.sync_api import Browser, Page, ViewportSize

from reenact.bench import DRIVER
from reenact.identity import card_of, load_identity
from reenact.packs import Pack, load_pack
from reenact.pipeline import open_pipeline
from reenact.reenactor import Reenactor
from reenact.types import Frame, Image
from reenact.video import probe_video, read_frames
from tests.browser import open_browser
from tests.stub_service import CONFIG, SIZE, StubService

Theme: TypeAlias = Literal["light", "dark"]

TARGET = Path("out/page")
SHOWN = "ines"
FRAMES = 240
DESKTOP = ViewportSize(width=1440, height=900)
LAPTOP = ViewportSize(width=1280, height=720)
PHONE = ViewportSize(width=390, height=844)
THEMES: tuple[Theme, ...] = ("light", "dark")
SETTLED_MS = 9000
"""Long enough for the delay's window and a stretch of its plot."""


def main() -> None:
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else TARGET
    target.mkdir(parents=True, exist_ok=True)
    pack = load_pack()
    with TemporaryDirectory() as folder, serve(pack) as service:
        camera = Path(folder, "driver.y4m")
        film_driver(camera)
        with open_browser(camera) as browser:
            photograph(browser, service, target)


def photograph(browser: Browser, service: StubService, target: Path) -> None:
    """Every picture, into `target`."""
    for theme in THEMES:
        page = visit(browser, service, theme, DESKTOP)
        shoot(page, target / f"desktop-{theme}-off.png")
        start(page)
        shoot(page, target / f"desktop-{theme}.png")
        page.keyboard.press("l")
        shoot(page, target / f"desktop-{theme}-side.png")
        page.keyboard.press("n")
        service.say({"t": "calibration", "state": "away", "left_s": 1.6})
        page.wait_for_selector("#calibration:visible")
        shoot(page, target / f"desktop-{theme}-neutral.png")
        page.keyboard.press("?")
        shoot(page, target / f"desktop-{theme}-help.png")
        page.context.close()
        page = visit(browser, service, theme, PHONE)
        start(page)
        shoot(page, target / f"phone-{theme}.png", whole=True)
        page.context.close()
    page = visit(browser, service, "light", LAPTOP)
    service.refusal = (503, {"Retry-After": "9"})
    page.click("#start")
    page.wait_for_selector("#notice:visible")
    shoot(page, target / "laptop-light-full.png")
    service.refusal = None


def visit(browser: Browser, service: StubService, theme: Theme, size: ViewportSize) -> Page:
    context = browser.new_context(viewport=size, color_scheme=theme, device_scale_factor=1)
    page = context.new_page()
    page.goto(service.address)
    page.check(f"[name=identity][value={SHOWN}]")
    page.wait_for_timeout(1000)
    return page


def start(page: Page) -> None:
    page.click("#start")
    page.wait_for_selector("#stage.playing")
    page.wait_for_timeout(SETTLED_MS)


def shoot(page: Page, path: Path, *, whole: bool = False) -> None:
    page.wait_for_timeout(400)
    page.screenshot(path=path, full_page=whole)
    print(path)


@contextmanager
def serve(pack: Pack) -> Iterator[StubService]:
    """The stub with the pack's people and real pictures; its nets stay in one thread."""
    with ThreadPoolExecutor(1) as thread:
        reenactor = thread.submit(Reenactor, pack).result()
        pictures = thread.submit(portraits, reenactor).result()
        stack = open_pipeline(reenactor, load_identity(pack, SHOWN))
        pipeline = thread.submit(stack.__enter__).result()

        def follow(picture: Image) -> Image:
            stamp = round(monotonic() * 1000)
            frame = Frame(picture, stamp, Fraction(1, 1000))
            drawn = thread.submit(pipeline, frame).result().image
            large = cv2.resize(drawn, (SIZE, SIZE), interpolation=cv2.INTER_CUBIC)
            return np.asarray(large, np.uint8)

        with StubService(pictures=pictures, paint=follow, config=configuration(pack)) as service:
            yield service
        thread.submit(stack.__exit__, None, None, None).result()


def configuration(pack: Pack) -> dict[str, object]:
    facts = {
        "name": pack.name,
        "size": pack.size,
        "reads": pack.reads,
        "licence": pack.licence,
        "attribution": pack.attribution,
    }
    people = [
        {"name": name, "description": card_of(pack, name).description, "picture": ""}
        for name in pack.identities
    ]
    return {**CONFIG, "pack": facts, "identities": people, "can_random": False}


def portraits(reenactor: Reenactor) -> dict[str, bytes]:
    """Everybody at rest, as PNG."""
    rest = reenactor.read_motion(reenactor.neutral)
    faces = {
        name: reenactor.render(load_identity(reenactor.pack, name), rest)
        for name in reenactor.pack.identities
    }
    return {name: png(face) for name, face in faces.items()}


def png(image: Image) -> bytes:
    return cv2.imencode(".png", cv2.cvtColor(image, cv2.COLOR_RGB2BGR))[1].tobytes()


def film_driver(path: Path) -> None:
    """The first `FRAMES` of the sample driver as y4m, which Chromium takes for a camera."""
    info = probe_video(DRIVER)
    with path.open("wb") as file:
        for number, frame in enumerate(read_frames(DRIVER, info)):
            if number == FRAMES:
                break
            height, width = frame.image.shape[:2]
            if number == 0:
                rate = info.rate
                head = f"YUV4MPEG2 W{width} H{height} F{rate.numerator}:{rate.denominator}"
                file.write(f"{head} Ip A1:1 C420jpeg\n".encode())
            planes = cv2.cvtColor(frame.image, cv2.COLOR_RGB2YUV_I420)
            file.write(b"FRAME\n" + planes.tobytes())


if __name__ == "__main__":
    main()
