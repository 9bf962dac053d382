"""Only for measuring: a service that sends the camera's own picture back.

It shows what transport, codecs and browser cost without any net. The product never does this.

python -m tools.live_echo --loopback [--takes MS]
"""

import argparse
import time
from collections.abc import Mapping
from functools import partial
from typing import Any, cast

from reenact.cli.serve import add_options
from reenact.driving import Driving
from reenact.media.preview import scale
from reenact.pipeline import Found, Pipeline
from reenact.types import Frame, Image
from server import log
from server.serve import run_service
from server.service_settings import settings_from
from server.settings import StreamSettings
from server.streams.runtime import Runtime, open_runtime
from server.streams.stream import TRANSPORT_SIZE


class Echo:
    """Stands in for a pipeline. takes_s: seconds for every picture, as if a card were at work."""

    status = "tracked"
    failed = 0
    face = None
    calibration_left_s = None

    def __init__(self, picture: Image, takes_s: float) -> None:
        self.seconds: dict[str, float] = {}
        self.picture, self._takes_s = picture, takes_s

    def find(self, frame: Frame) -> Found:
        return Found(frame, None, None, 0.0)

    def show(self, found: Found) -> Frame:
        height, width = found.frame.image.shape[:2]
        left = (width - height) // 2
        square = found.frame.image[:, left : left + height]
        start = time.perf_counter()
        self.picture = scale(square, TRANSPORT_SIZE, TRANSPORT_SIZE)
        time.sleep(self._takes_s)
        self.seconds = {"align": 0.0, "synthesis": time.perf_counter() - start}
        return Frame(self.picture, found.frame.pts, found.frame.time_base)

    def change(self, driving: Driving) -> None: ...
    def recalibrate(self) -> None: ...
    def close(self) -> None: ...
    def state(self) -> dict[str, Any]:
        return {}


class EchoRuntime(Runtime):
    """Opens echoes."""

    takes_s = 0.0

    def open(self, settings: StreamSettings, state: Mapping[str, Any] | None = None) -> Pipeline:
        with super().open(settings) as pipeline:
            return cast(Pipeline, Echo(pipeline.picture, self.takes_s))


def open_echo(takes_s: float) -> Runtime:
    real = open_runtime(device="cpu")
    runtime = EchoRuntime(real.reenactor, real.device_thread)
    runtime.takes_s = takes_s
    return runtime


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    add_options(parser)
    parser.add_argument("--takes", type=float, default=0.0, metavar="MS", help="for every picture")
    options = parser.parse_args()
    log.configure()
    settings = settings_from(options)
    run_service(settings, partial(open_echo, options.takes / 1000), say=partial(print, flush=True))


if __name__ == "__main__":
    main()
