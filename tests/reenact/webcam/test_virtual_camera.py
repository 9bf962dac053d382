"""reenact/webcam/virtual_camera.py: up to pyvirtualcam and into a backend of the test's."""

import gc
import platform
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from reenact.errors import MediaError
from reenact.webcam.sink_thread import SinkThread
from reenact.webcam.sinks import OutputFrame
from reenact.webcam.virtual_camera import VirtualCamera
from tests.support.waiting import wait_until

pyvirtualcam = pytest.importorskip("pyvirtualcam")


class FakeBackend:
    """What pyvirtualcam calls; the last one opened is `last`."""

    last: "FakeBackend"

    def __init__(
        self, *, width: int, height: int, fps: float, device: str | None, **_: Any
    ) -> None:
        if device == "/dev/video99":
            raise RuntimeError("Device /dev/video99 does not exist.")
        self.size, self.fps, self.closed = (height, width), fps, False
        self.frames: list[npt.NDArray[np.uint8]] = []
        FakeBackend.last = self

    def device(self) -> str:
        return "fake"

    def native_fourcc(self) -> None:
        return None

    def send(self, frame: npt.NDArray[np.uint8]) -> None:
        self.frames.append(frame.copy())

    def close(self) -> None:
        self.closed = True


@pytest.fixture
def backend(monkeypatch: pytest.MonkeyPatch) -> type[FakeBackend]:
    monkeypatch.setattr(pyvirtualcam.camera, "BACKENDS", {})
    pyvirtualcam.register_backend("fake", FakeBackend)
    return FakeBackend


def test_virtual_camera_gets_the_pictures_at_the_rate_asked_for(backend: type[FakeBackend]) -> None:
    picture = np.random.default_rng(0).integers(0, 256, (8, 12, 3)).astype(np.uint8)
    thread = SinkThread(VirtualCamera(), fps=100)
    thread.start()
    thread.inbox.put(OutputFrame(picture, taken=None))
    wait_until(lambda: hasattr(backend, "last") and len(backend.last.frames) > 9)
    thread.close()

    sent = backend.last
    assert (sent.size, sent.fps, sent.closed) == ((8, 12), 100, True)
    assert all(np.array_equal(frame.reshape(8, 12, 3), picture) for frame in sent.frames)


@pytest.mark.parametrize(
    ("system", "remedy"),
    [
        ("Linux", r"modprobe v4l2loopback card_label='reenact \(AI\)' exclusive_caps=1"),
        ("Darwin", "install OBS Studio 30 or newer"),
        ("Windows", "install OBS Studio, open it"),
    ],
)
def test_missing_virtual_camera_is_one_sentence_with_the_remedy(
    system: str, remedy: str, backend: type[FakeBackend], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(platform, "system", lambda: system)
    camera = VirtualCamera("/dev/video99")

    with pytest.raises(MediaError, match=f"no virtual camera /dev/video99 that can .*{remedy}"):
        camera.open((8, 8), 30)
    camera.close()
    gc.collect()  # what the library left half made must go quietly
