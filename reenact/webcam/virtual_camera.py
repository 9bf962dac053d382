"""A virtual camera: other programs see the pictures as a camera's. Needs pyvirtualcam."""

from typing import Any

from reenact.errors import MediaError
from reenact.types import Image
from reenact.webcam.cameras import explain_making


class VirtualCamera:
    """v4l2loopback on Linux, OBS Studio's camera on macOS and Windows."""

    def __init__(self, device: str | None = None) -> None:
        """device: such as /dev/video10; any when None. Raises ModuleNotFoundError."""
        import pyvirtualcam

        self._library, self._wanted = pyvirtualcam, device
        self._camera: Any = None

    def open(self, size: tuple[int, int], fps: float) -> None:
        """Raises MediaError when there is none."""
        height, width = size
        try:
            self._camera = self._library.Camera(width, height, fps, device=self._wanted)
        except RuntimeError as error:
            missing = f"no virtual camera {self._wanted or ''}".strip()
            raise MediaError(f"there is {missing} that can be fed: {explain_making()}") from error

    def write(self, image: Image, time: float) -> None:
        self._camera.send(image)

    def close(self) -> None:
        if self._camera is not None:
            self._camera.close()
            self._camera = None
