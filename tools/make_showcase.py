"""Draws docs/first-light.png: eight moments of the sample driver, and three avatars that follow.

python tools/make_showcase.py [docs/first-light.png]
"""

import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

from reenact.driving import Driving
from reenact.identities.identity import load_identity
from reenact.media.pictures import write_picture
from reenact.media.preview import sheet
from reenact.media.video_probe import probe_video
from reenact.media.video_reader import read_frames
from reenact.packs.bundled import DRIVER
from reenact.packs.pack import load_pack
from reenact.pipeline import open_pipeline
from reenact.reenactor import Reenactor
from reenact.types import Image

TARGET = Path(__file__).parents[1] / "docs" / "first-light.png"
AVATARS = ("ines", "kofi", "dora")
MOMENTS_S = (0.5, 2.0, 2.9, 3.32, 4.65, 6.47, 7.3, 8.9)
"""Calm, turned to either side, blinking, tilted, talking, smiling, looking aside."""


def main() -> None:
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else TARGET
    target.parent.mkdir(exist_ok=True)
    columns = list(moments(AVATARS, MOMENTS_S))
    write_picture(target, sheet([list(row) for row in zip(*columns, strict=True)]))
    print(target)


def moments(avatars: Sequence[str], times_s: Sequence[float]) -> Iterator[list[Image]]:
    """For each moment, the driver's picture and the avatars'; every frame before it is followed."""
    info, pack = probe_video(DRIVER), load_pack()
    reenactor = Reenactor(pack)
    wanted = {round(time * info.rate) for time in times_s}
    with ExitStack() as opened:
        pipelines = [
            opened.enter_context(open_pipeline(reenactor, Driving(load_identity(pack, name))))
            for name in avatars
        ]
        for number, frame in enumerate(read_frames(DRIVER, info)):
            pictures = [frame.image, *(pipeline(frame).image for pipeline in pipelines)]
            if number in wanted:
                yield pictures


if __name__ == "__main__":
    main()
