"""reenact/webcam/window.py: without a display, what can be told of a window."""

import platform

import numpy as np
import pytest

from reenact.errors import MediaError
from reenact.webcam.sinks import MemorySink, OutputFrame
from reenact.webcam.window import HELP, KEYS, Key, Window, WindowView


@pytest.mark.skipif(platform.system() != "Linux", reason="displays are named on Linux only")
def test_missing_display_is_one_sentence_and_not_the_end_of_the_process(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("DISPLAY", raising=False)

    with pytest.raises(MediaError, match=r"no display .*--no-window.*--virtual-camera"):
        Window()


def test_every_key_is_in_the_help() -> None:
    for code, key in KEYS.items():
        name = {27: "q", ord(" "): "space"}.get(code, chr(code))
        assert f"{name} " in HELP, key


class FakeWindow(MemorySink):
    def key(self) -> Key | None:
        return "mirror"


def test_view_shows_the_newest_picture_and_tells_the_key() -> None:
    window = FakeWindow()
    view = WindowView(window, fps=30)
    for number in range(3):
        view.inbox.put(OutputFrame(np.full((4, 6, 3), number, np.uint8), taken=0.0))

    assert view.pump(timeout_s=1) == "mirror"
    assert view.pump(timeout_s=0) == "mirror"
    assert [image[0, 0, 0] for image in window.images] == [2]
    assert window.size == (4, 6)
    assert view.delays.p50_p95_ms() is not None
