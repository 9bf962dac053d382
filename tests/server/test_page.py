"""The page in a real browser against a stub of the service: what the user sees and can do."""

import re
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from pathlib import Path
from time import monotonic
from typing import Any

import cv2
import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.browser import CHROMIUM, WHY_NOT, open_browser, write_camera
from tests.support.stub_service import (
    CODE_ROWS,
    CONFIG,
    GREEN,
    SIZE,
    STATIC,
    TICKET,
    TOKEN,
    StubService,
)

FOREIGN = "page.reenact.test"
"""A name that is not this machine to the browser, so an insecure origin, yet leads to it."""

PATIENCE_MS = 15_000
expect.set_options(timeout=PATIENCE_MS)

needs_chromium = pytest.mark.skipif(CHROMIUM is None, reason=WHY_NOT)


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    camera = write_camera(tmp_path_factory.mktemp("camera") / "camera.y4m")
    with open_browser(camera, f"--host-resolver-rules=MAP {FOREIGN} 127.0.0.1") as opened:
        yield opened


@pytest.fixture(scope="module")
def running_service() -> Iterator[StubService]:
    face = cv2.imencode(".png", np.full((32, 32, 3), 90, np.uint8))[1].tobytes()
    with StubService(pictures={"ada": face, "bruno": face}) as service:
        yield service


@pytest.fixture
def service(running_service: StubService) -> StubService:
    """The stub as if just started: no requests seen, none refused."""
    running_service.refusal = None
    running_service.config = dict(CONFIG)
    for seen in ("opened", "messages", "deleted", "recorded"):
        getattr(running_service, seen).clear()
    return running_service


@pytest.fixture
def page(browser: Browser, service: StubService) -> Iterator[Page]:
    """The loaded page in a browser profile of its own. Any script error fails the test."""
    context = browser.new_context(viewport={"width": 1280, "height": 800}, reduced_motion="reduce")
    opened = context.new_page()
    opened.set_default_timeout(PATIENCE_MS)
    wrong: list[str] = []
    opened.on("pageerror", lambda error: wrong.append(str(error)))
    opened.on("console", lambda line: wrong.append(line.text) if line.type == "error" else None)
    opened.goto(service.address)
    expect(opened.locator(".person")).to_have_count(2)
    yield opened
    context.close()
    # A refused request is logged by the browser itself, and is what some tests are about.
    assert [text for text in wrong if "Failed to load resource" not in text] == []


def start(page: Page) -> None:
    page.click("#start")
    page.wait_for_selector("#stage.playing")


def wait_until(true: Callable[[], Any], page: Page, seconds: float = PATIENCE_MS / 1000) -> None:
    end = monotonic() + seconds
    while not true():
        assert monotonic() < end, "it did not come true in time"
        page.wait_for_timeout(50)


def refuse_camera(page: Page, name: str) -> None:
    page.evaluate(
        """name => { navigator.mediaDevices.getUserMedia =
            async () => { throw new DOMException("", name); } }""",
        name,
    )


def controls(page: Page) -> list[tuple[str, str]]:
    """Role and accessible name of everything that can be operated, as assistive software has it."""
    nodes = page.context.new_cdp_session(page).send("Accessibility.getFullAXTree")["nodes"]
    roles = {"button", "slider", "checkbox", "switch", "radio", "combobox", "textbox", "link"}
    return [
        (node["role"]["value"], node.get("name", {}).get("value", ""))
        for node in nodes
        if not node.get("ignored") and node["role"]["value"] in roles
    ]


class Inline(HTMLParser):
    """Collects what a strict content policy forbids."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = {name for name, _ in attrs}
        handlers = {name for name in names if name.startswith("on")}
        if (
            tag == "style"
            or "style" in names
            or handlers
            or (tag == "script" and "src" not in names)
        ):
            self.found.append(self.get_starttag_text() or tag)


def test_html_holds_no_inline_script_or_style() -> None:
    parser = Inline()
    parser.feed((STATIC / "index.html").read_text(encoding="utf-8"))
    assert parser.found == []


def test_static_files_name_no_foreign_address() -> None:
    known = ("http://www.w3.org/2000/svg", "http://127.0.0.1", "https://${location.host}")
    for path in Path(STATIC).iterdir():
        found = re.findall(r"https?://[^\s\"'`]*", path.read_text(encoding="utf-8"))
        assert [address for address in found if not address.startswith(known)] == [], path.name


@needs_chromium
def test_page_loads_from_its_own_origin_alone(browser: Browser, service: StubService) -> None:
    page = browser.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(service.address)
    start(page)
    page.context.close()
    origin = f"http://127.0.0.1:{service.port}/"
    assert len(asked) > 20
    assert [url for url in asked if not url.startswith(origin)] == []


@needs_chromium
def test_token_leaves_the_address_bar_and_serves_a_reload(page: Page) -> None:
    assert TOKEN not in page.url
    page.reload()
    expect(page.locator(".person")).to_have_count(2)
    assert page.is_hidden("#notice")


@needs_chromium
def test_ticket_in_the_address_is_traded_for_the_token(
    browser: Browser, service: StubService
) -> None:
    page = browser.new_page()
    page.goto(f"http://127.0.0.1:{service.port}/#ticket={TICKET}")
    expect(page.locator(".person")).to_have_count(2)
    assert "ticket" not in page.url
    page.context.close()


@needs_chromium
def test_ticket_that_is_used_up_asks_for_the_key(browser: Browser, service: StubService) -> None:
    page = browser.new_page()
    page.goto(f"http://127.0.0.1:{service.port}/#ticket=old")
    expect(page.get_by_role("alert")).to_contain_text("This page needs the server's key")
    page.context.close()


@needs_chromium
def test_face_comes_back_without_its_strip_and_with_its_delay(
    page: Page, service: StubService
) -> None:
    start(page)
    expect(page.locator("#delay-p50")).to_have_text(re.compile(r"^\d+ ms$"))
    expect(page.locator("#fps")).to_have_text(re.compile(r"^\d+ fps$"))
    expect(page.locator("#legend")).to_contain_text("generate face 3.8 ms")
    expect(page.locator("#state")).to_have_text("Tracking your face")
    size = page.evaluate("[result.videoWidth, result.videoHeight]")
    assert size == [SIZE, SIZE + CODE_ROWS]
    hero, video = page.locator(".hero").bounding_box(), page.locator("#result").bounding_box()
    assert hero is not None
    assert video is not None
    strip_ends = video["y"] + video["height"] * CODE_ROWS / (SIZE + CODE_ROWS)
    assert hero["y"] - 0.01 * hero["height"] < strip_ends < hero["y"]
    middle = page.evaluate(
        """() => { const c = new OffscreenCanvas(1, 1).getContext("2d");
            c.drawImage(result, 256, 256, 1, 1, 0, 0, 1, 1);
            return Array.from(c.getImageData(0, 0, 1, 1).data.slice(0, 3)); }"""
    )
    assert middle == pytest.approx(GREEN, abs=12)
    assert int(page.inner_text("#delay-p50").split()[0]) < 2000
    assert service.sent("ping")


@needs_chromium
def test_settings_go_with_the_offer_and_follow_the_controls(
    page: Page, service: StubService
) -> None:
    page.locator("#gains input[name=mouth]").fill("1.5")
    start(page)
    first = service.opened[0]["settings"]
    assert first["identity"] == "ada"
    assert first["gains"] == {"mouth": 1.5}
    assert first["measure"] is True

    page.check("[name=identity][value=bruno]")
    page.locator("#smoothing").fill("0.8")
    page.check("[value=relative]")
    page.locator("#alpha").fill("1.25")
    wanted = {"identity": "bruno", "smoothing": 0.8, "relative": True, "alpha": 1.25}
    wait_until(lambda: gathered(service).items() >= wanted.items(), page)
    versions = [message["v"] for message in service.sent("set")]
    assert versions == list(range(1, len(versions) + 1))


def gathered(service: StubService) -> dict[str, Any]:
    """All settings sent so far, the last of each."""
    together: dict[str, Any] = {}
    for message in service.sent("set"):
        together |= message
    return together


@needs_chromium
def test_delay_is_not_measured_when_that_is_switched_off(page: Page, service: StubService) -> None:
    page.uncheck("#measure")
    start(page)
    assert service.opened[0]["settings"]["measure"] is False
    assert page.evaluate("[result.videoWidth, result.videoHeight]") == [SIZE, SIZE]

    page.check("#measure")
    expect(page.locator("#delay-p50")).to_have_text(re.compile(r"^\d+ ms$"))
    page.uncheck("#measure")
    expect(page.locator("#delay-p50")).to_have_text("\N{EN DASH}")
    page.wait_for_function("result.videoHeight === result.videoWidth")


@needs_chromium
def test_settings_outlive_a_reload(page: Page) -> None:
    page.check("[name=identity][value=bruno]")
    page.click("#mirror")
    page.reload()
    expect(page.locator("[value=bruno]")).to_be_checked()
    expect(page.locator("#mirror")).to_have_attribute("aria-pressed", "false")


@needs_chromium
@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("NotAllowedError", "The camera is blocked"),
        ("NotReadableError", "The camera is in use"),
        ("NotFoundError", "No camera found"),
    ],
)
def test_camera_that_cannot_be_opened_is_explained(page: Page, name: str, title: str) -> None:
    refuse_camera(page, name)
    page.click("#start")
    notice = page.get_by_role("alert")
    expect(notice.get_by_role("heading")).to_have_text(title)
    expect(notice.get_by_role("button", name="Try again")).to_be_visible()
    expect(page.locator("#state")).to_have_text("Camera is off")


@needs_chromium
def test_insecure_origin_is_explained_with_ways_out(browser: Browser, service: StubService) -> None:
    page = browser.new_page()
    page.goto(f"http://{FOREIGN}:{service.port}/#token={TOKEN}")
    notice = page.get_by_role("alert")
    expect(notice).to_contain_text("This address cannot use the camera")
    expect(notice).to_contain_text(f"http://{FOREIGN}:{service.port} is not one")
    expect(notice.get_by_role("button", name="Open at 127.0.0.1")).to_be_visible()
    page.context.close()


@needs_chromium
def test_missing_token_is_asked_for_and_taken(browser: Browser, service: StubService) -> None:
    page = browser.new_page()
    page.goto(f"http://127.0.0.1:{service.port}/")
    notice = page.get_by_role("alert")
    expect(notice).to_contain_text("This page needs the server's key")
    notice.get_by_role("textbox").fill(service.address)
    notice.get_by_role("button", name="Continue").click()
    expect(page.locator(".person")).to_have_count(2)
    expect(notice).to_be_hidden()
    page.context.close()


@needs_chromium
def test_full_server_counts_down_and_is_tried_again(page: Page, service: StubService) -> None:
    service.refusal = (503, {"Retry-After": "2"})
    page.click("#start")
    notice = page.get_by_role("alert")
    expect(notice).to_contain_text("The server is full")
    expect(notice).to_contain_text("Next attempt in 2 s")
    service.refusal = None
    page.wait_for_selector("#stage.playing")
    assert page.is_hidden("#notice")


@needs_chromium
def test_lost_connection_is_said_and_resumed(page: Page, service: StubService) -> None:
    start(page)
    service.refusal = (502, {})
    service.cut()
    expect(page.get_by_role("alert")).to_contain_text("Connection lost")
    service.refusal = None
    wait_until(lambda: "resume" in service.opened[-1] and page.is_hidden("#notice"), page)
    page.wait_for_selector("#stage.playing")
    assert service.opened[-1]["resume"] == {"id": "session-1", "secret": "sesame"}


@needs_chromium
def test_goodbye_of_the_server_is_shown_and_ends_the_session(
    page: Page, service: StubService
) -> None:
    start(page)
    service.say({"t": "bye", "reason": "the server is being updated"})
    expect(page.locator("#toast")).to_contain_text("The server is being updated.")
    expect(page.locator("#start")).to_have_text("Stop")
    service.cut()
    notice = page.get_by_role("alert")
    expect(notice).to_contain_text("The server is being updated.")
    expect(page.locator("#start")).to_have_text("Start")
    notice.get_by_role("button", name="Start again").click()
    page.wait_for_selector("#stage.playing")


@needs_chromium
def test_calibration_tells_what_to_do(page: Page, service: StubService) -> None:
    start(page)
    page.click("#calibrate")
    wait_until(lambda: service.sent("calibrate"), page)
    layer = page.locator("#calibration")
    service.say({"t": "calibration", "state": "done", "left_s": 0})  # still of the one before
    for state, words in [
        ("look", "neutral face"),
        ("blink", "eyes open"),
        ("talking", "mouth"),
        ("away", "Turn your face"),
        ("done", "Done"),
    ]:
        service.say({"t": "calibration", "state": state, "left_s": 1.5})
        expect(layer).to_contain_text(words)
    expect(layer).to_be_hidden()


@needs_chromium
def test_states_of_the_face_are_put_in_words(page: Page, service: StubService) -> None:
    start(page)
    service.say({**service.stats, "face": "held"})
    expect(page.locator("#state")).to_contain_text("holding the last picture", timeout=2000)


@needs_chromium
def test_recording_is_switched_and_offered_for_download(page: Page, service: StubService) -> None:
    start(page)
    page.click("#record")
    expect(page.locator("#record")).to_have_attribute("aria-pressed", "true")
    with page.expect_download() as download:
        page.click("#record")
    assert download.value.suggested_filename.endswith(".mp4")
    assert service.recorded == [True, False]


@needs_chromium
def test_recording_that_the_server_ends_is_fetched_with_the_reason(
    page: Page, service: StubService
) -> None:
    start(page)
    page.click("#record")
    expect(page.locator("#record")).to_have_attribute("aria-pressed", "true")
    service.missing = {"note": "less than 1 GB is free on the server's disk"}
    with page.expect_download():
        service.say({"t": "recording", "on": False, **service.missing})
    expect(page.locator("#toast")).to_contain_text("ready, but less than 1 GB is free")
    expect(page.locator("#record")).to_have_attribute("aria-pressed", "false")
    assert service.recorded == [True, False]


@needs_chromium
def test_new_face_joins_the_gallery_and_is_chosen(page: Page) -> None:
    page.click("#random")
    expect(page.locator("[value=random-7]")).to_be_checked()


@needs_chromium
def test_leaving_the_page_ends_the_session(page: Page, service: StubService) -> None:
    start(page)
    page.goto("about:blank")
    wait_until(lambda: service.deleted == ["session-1"], page)


@needs_chromium
def test_keys_do_what_the_mouse_does(page: Page) -> None:
    page.keyboard.press("]")
    expect(page.locator("[value=bruno]")).to_be_checked()
    page.keyboard.press("m")
    expect(page.locator("#mirror")).to_have_attribute("aria-pressed", "false")
    page.keyboard.press("l")
    expect(page.locator("#layout [value=side]")).to_be_checked()
    page.keyboard.press("t")
    assert page.get_attribute("html", "data-theme") == "light"
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("s")
    page.wait_for_selector("#stage.playing")


@needs_chromium
def test_keys_can_be_switched_off(page: Page) -> None:
    page.click("#help")
    page.uncheck("#shortcuts")
    page.keyboard.press("Escape")
    page.keyboard.press("m")
    expect(page.locator("#mirror")).to_have_attribute("aria-pressed", "true")


@needs_chromium
def test_every_control_has_a_name(page: Page) -> None:
    page.click("#help")
    inside = controls(page)
    page.keyboard.press("Escape")
    named = inside + controls(page)
    assert {role for role, _ in named} >= {"button", "slider", "switch", "radio", "combobox"}
    assert [role for role, name in named if not name.strip()] == []


@needs_chromium
def test_narrow_screen_needs_no_sideways_scrolling(page: Page) -> None:
    page.set_viewport_size({"width": 360, "height": 740})
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= 360


@needs_chromium
def test_delay_code_reads_back_every_number(page: Page) -> None:
    wrong = page.evaluate(
        """async () => {
            const { NUMBERS, cellsOf, numberOf } = await import("/static/delay_code.js");
            const all = Array.from({ length: NUMBERS }, (_, number) => number);
            return all.filter(number => numberOf(cellsOf(number)) !== number);
        }"""
    )
    assert wrong == []


@needs_chromium
def test_delay_code_is_the_one_of_the_contract(page: Page) -> None:
    cells = page.evaluate("import('/static/delay_code.js').then(code => code.cellsOf(2730))")
    # 2730 = 0b101010101010; Gray code all ones: an even number of them.
    assert cells == [1, 0, *[1] * 12, 0, 0]
