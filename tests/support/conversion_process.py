"""A conversion as a process of its own, to be killed, stopped or starved of disk by a test.

Prints its peak memory when it succeeds.

python -m tests.support.conversion_process \
    SOURCE TARGET SECONDS_A_FRAME SEGMENT_FRAMES LARGEST_FILE_BYTES
"""

import resource
import signal
import sys
import time
from pathlib import Path
from typing import cast

from reenact.convert.options import ConvertOptions
from reenact.convert.run import run_convert
from reenact.errors import ReenactError
from reenact.pipeline import Pipeline
from reenact.types import Frame
from tests.support.fake_pipeline import FakePipeline


class SlowPipeline(FakePipeline):
    def __init__(self, seconds_a_frame: float) -> None:
        super().__init__()
        self._seconds = seconds_a_frame

    def __call__(self, frame: Frame) -> Frame:
        time.sleep(self._seconds)
        shown = super().__call__(frame)
        self.seen.clear()  # so that only the conversion's own memory counts
        return shown


def main(source: str, target: str, seconds: str, segment_frames: str, largest: str) -> int:
    # A shell that starts the tests in its background would have them ignore Ctrl+C.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    if int(largest):
        resource.setrlimit(resource.RLIMIT_FSIZE, (int(largest), int(largest)))
    try:
        run_convert(
            ConvertOptions(Path(source), Path(target), progress=False),
            lambda still: cast(Pipeline, SlowPipeline(float(seconds))),
            note=lambda text: print(text, file=sys.stderr, flush=True),  # noqa: T201
            segment_frames=int(segment_frames),
        )
    except ReenactError as error:
        print(error, file=sys.stderr)  # noqa: T201
        return 1
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
