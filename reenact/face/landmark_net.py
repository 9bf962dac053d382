"""MediaPipe's face mesh: 478 points of the face that fills a picture."""

from pathlib import Path

import numpy as np

from engines.base import TensorSpec
from reenact.errors import TrackerError
from reenact.face.open_net import open_net
from reenact.types import Image, Points

POINTS = 478

LEAST_PRESENCE = 0.5
"""The picture must be surer to show a face than this, as in MediaPipe's face landmarker."""


class LandmarkNet:
    """The net, ready to run. All calls from one thread; call `close` at the end."""

    def __init__(self, path: Path) -> None:
        """Raises TrackerError when the file is no landmark net."""
        self._net = open_net(
            path,
            [TensorSpec("picture", (1, None, None, 3), "uint8")],
            [
                TensorSpec("landmarks", (1, POINTS, 3), "float32"),
                TensorSpec("presence", (1,), "float32"),
            ],
        )
        self.side = self._read_side(path)
        """Side of the picture that the net takes, in pixels."""

    def find(self, picture: Image) -> Points | None:
        """The (478, 3) points of a (side, side, 3) picture, in its pixels; None without a face."""
        found = self._net(picture=picture[None])
        if not found["presence"][0] > LEAST_PRESENCE:
            return None
        return np.asarray(found["landmarks"][0], np.float64)

    def close(self) -> None:
        """Free the net; twice does no harm."""
        self._net.close()

    def _read_side(self, path: Path) -> int:
        _, height, width, _ = self._net.inputs["picture"].shape
        if height is None or height != width:
            raise TrackerError(
                f"{path} must take one square picture, got {height} x {width} pixels: "
                "name another --landmarker"
            )
        return height
