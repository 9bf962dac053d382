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
from reenact.media.preview import scale
from reenact.types import Frame, Image
from server import log
from server.serve import run_service
from server.service_settings import settings_from
from server.settings import StreamSettings
from server.streams.ahead_aligner import Look
from server.streams.laps import Laps
from server.streams.performance import TRANSPORT_SIZE, Performance
from server.streams.runtime import Runtime, open_runtime


class Echo:
    """In a performance's place. takes_s: for every picture, as if a card were at work."""

    status = "tracked"
    failed = 0

    def __init__(self, picture: Image, takes_s: float) -> None:
        self.laps, self.picture, self._takes_s = Laps(), picture, takes_s

    def look(self, frame: Frame) -> Look:
        return Look(None, None, 0.0)

    def __call__(self, frame: Frame, look: Look | None = None) -> Image:
        self.laps.start()
        height, width = frame.image.shape[:2]
        left = (width - height) // 2
        with self.laps.time("convert"):
            self.picture = scale(
                frame.image[:, left : left + height], TRANSPORT_SIZE, TRANSPORT_SIZE
            )
        with self.laps.time("synthesis"):
            time.sleep(self._takes_s)
        return self.picture

    def advice(self) -> None: ...
    def apply(self, settings: StreamSettings) -> None: ...
    def recalibrate(self) -> None: ...
    def close(self) -> None: ...
    def state(self) -> dict[str, Any]:
        return {}


class EchoStudio(Runtime):
    """Opens echoes."""

    takes_s = 0.0

    def open(self, settings: StreamSettings, state: Mapping[str, Any] | None = None) -> Performance:
        with super().open(settings) as performance:
            return cast(Performance, Echo(performance.picture, self.takes_s))


def open_echo(takes_s: float) -> Runtime:
    real = open_runtime(device="cpu")
    studio = EchoStudio(real.reenactor, real.worker)
    studio.takes_s = takes_s
    return studio


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
