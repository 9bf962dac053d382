"""Measures neutral faces, and prints them beside the one that stands in until a driver's is known.

    python tools/measure_neutral.py

For each field of `FaceMeasures`: `reenact.face.neutral_face.GENERIC`, which was chosen by hand, the
photo puppet's, and lowest, median and highest of the twelve drawn people. Nothing is changed. Needs
the development extras.
"""

import statistics

from reenact.face.align import FaceAligner
from reenact.face.measures import FaceMeasures
from reenact.face.neutral_face import GENERIC
from tools.known_faces import drawn_people, photo_puppet


def main() -> None:
    with FaceAligner() as aligner:
        puppet = photo_puppet(aligner).measures()
        people = [person.measures() for person in drawn_people(aligner)]
    titles = "".join(
        f"{title:>9}" for title in ("GENERIC", "puppet", "lowest", "median", "highest")
    )
    print(f"{'measure':14}{titles}")
    for name in FaceMeasures.__slots__:
        drawn = [float(getattr(person, name)) for person in people]
        row = (getattr(GENERIC, name), getattr(puppet, name), min(drawn))
        numbers = (*row, statistics.median(drawn), max(drawn))
        print(f"{name:14}{''.join(f'{number:9.3f}' for number in numbers)}")


if __name__ == "__main__":
    main()
