"""The service's own page in a browser, with a probe inside it."""

import base64
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Any

import cv2
import numpy as np
from playwright.sync_api import Browser, BrowserContext, Page

from reenact.types import Image

PROBE = Path(__file__).with_name("live_probe.js")
PATIENCE_MS = 60_000.0


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """A picture as the page showed it, (256, 256, 3).

    Of the camera's frame that it answers: taken_s, when it was taken, and filmed, its number in the
    camera's film; None where the delay code cannot be read. Seconds are of the page's clock.
    """

    picture: Image
    shown_s: float
    taken_s: float | None
    filmed: int | None


class LivePage:
    """A visitor of the service, in a browser profile of its own."""

    def __init__(self, browser: Browser, url: str, *, recording: bool = False) -> None:
        """recording: keep every picture from the very first on."""
        self.context: BrowserContext = browser.new_context(
            viewport={"width": 1280, "height": 800}, reduced_motion="reduce"
        )
        self.page: Page = self.context.new_page()
        self.page.set_default_timeout(PATIENCE_MS)
        self.errors: list[str] = []
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.add_init_script(path=PROBE)
        self.page.goto(url)
        self.page.wait_for_selector(".person")
        self.page.evaluate("probe.enter()")
        if recording:
            self.page.evaluate("probe.record()")

    def choose(self, name: str) -> None:
        """Be that identity."""
        self.page.check(f"[name=identity][value={name}]", force=True)

    def start(self) -> None:
        """Press the button and wait for the first picture."""
        self.page.click("#start")
        self.page.wait_for_selector("#stage.playing")

    def ask(self, what: str) -> Any:
        """The value of `what`, an expression of the page's."""
        return self.page.evaluate(what)

    def wait_for(self, what: str, timeout_ms: float = PATIENCE_MS) -> None:
        """Until the expression is true. The page's policy forbids Playwright's own way."""
        end = monotonic() + timeout_ms / 1000
        while not self.page.evaluate(what):
            if monotonic() > end:
                raise TimeoutError(f"the page must come to {what}, it did not in {timeout_ms} ms")
            self.page.wait_for_timeout(100)

    def decoded(self) -> int:
        """Pictures that were decoded so far."""
        return int(self.page.evaluate("probe.decoded()"))

    def delays_ms(self) -> list[float]:
        """Camera to page, of the pictures since the last asking."""
        return [float(value) for value in self.page.evaluate("probe.takeDelays()")]

    def stats(self) -> list[dict[str, Any]]:
        """What the server said since the last asking."""
        return list(self.page.evaluate("probe.stats.splice(0)"))

    def recorded(self) -> list[Seen]:
        """The pictures kept since the last asking; recording goes on."""
        return [_seen(item) for item in self.page.evaluate("probe.seen.splice(0)")]

    def close(self) -> None:
        self.context.close()


def _seen(item: dict[str, Any]) -> Seen:
    data = base64.b64decode(item["picture"].partition(",")[2])
    decoded = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    assert decoded is not None
    picture = np.asarray(cv2.cvtColor(decoded, cv2.COLOR_BGR2RGB), np.uint8)
    taken = None if item["taken"] is None else item["taken"] / 1000
    return Seen(picture, item["shown"] / 1000, taken, item["filmed"])
