"""Evaluation of videos: how faithfully a pack's identities follow people in clips."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from tqdm import tqdm

from reenact.driving import Driving
from reenact.evaluate.dlib_points import DlibReader
from reenact.evaluate.drive import Drive, drive_clip, open_made, open_stage
from reenact.evaluate.drivers import check_drivers, check_made
from reenact.evaluate.likeness import GRAPH, Likeness
from reenact.reenactor import Reenactor
from reenact.types import FaceCrop, Identity

BASELINE = "eq. 7"
"""Added to an identity's name for the paper's baseline: the driver's motion since their neutral
face, added to the identity's own code."""


@dataclass(frozen=True, slots=True, eq=False)
class Clips:
    """The drivers of an evaluation, and how they are read."""

    drivers: Sequence[Path]
    """Videos of one person each."""
    neutrals: Sequence[FaceCrop | None] = ()
    """The neutral face of each driver, learnt where None; learnt for all when empty."""
    since_s: float = 0.0
    """Seconds of each clip that are driven but not measured."""
    landmarker: Path | None = None
    """The face model that finds the drivers; the bundled one when None."""


def drive_identities(
    reenactor: Reenactor, clips: Clips, identities: Sequence[Identity]
) -> tuple[list[Drive], list[str]]:
    """Drive every identity with every clip, as a conversion does; also the notes for the user.

    Raises MediaError and NoFaceError for clips that cannot be measured and ModuleNotFoundError
    without dlib, before any work; ValueError for settings that mean nothing to the pack.
    """
    DlibReader()
    infos = check_drivers(clips.drivers, since_s=clips.since_s, landmarker=clips.landmarker)
    drivings, notes = _choose_drivings(identities)
    neutrals = clips.neutrals or [None] * len(clips.drivers)
    drives: list[Drive] = []
    with ExitStack() as stack:
        likeness: dict[str, Likeness] = {}
        if GRAPH in reenactor.pack.graphs:
            net = stack.enter_context(closing(reenactor.pack.open(GRAPH, reenactor.device)))
            likeness = {person.name: Likeness(net, reenactor, person) for person in identities}
        else:
            notes.append(f"ID CSIM is left out: pack {reenactor.pack.name} has no recognition net")
        bar = stack.enter_context(tqdm(total=sum(info.frames for info in infos), unit="frame"))
        for driver, neutral in zip(clips.drivers, neutrals, strict=True):
            with open_stage(
                reenactor,
                drivings,
                neutral=neutral,
                landmarker=clips.landmarker,
                likeness=likeness,
            ) as stage:
                drives += drive_clip(driver, stage, advance=bar.update)
    return [drive.since(clips.since_s) for drive in drives], [*notes, *_note_guessed(drives)]


def read_made(clips: Clips, made: Sequence[Path]) -> tuple[list[Drive], list[str]]:
    """Read videos that were made of the clips before; also the notes for the user.

    Raises as `drive_identities` does, and MediaError where a video is longer or shorter than its
    driver.
    """
    DlibReader()
    infos = check_drivers(clips.drivers, since_s=clips.since_s, landmarker=clips.landmarker)
    check_made(clips.drivers, infos, made)
    drives: list[Drive] = []
    with tqdm(total=sum(info.frames for info in infos), unit="frame") as bar:
        for driver, video in zip(clips.drivers, made, strict=True):
            with open_made(video, landmarker=clips.landmarker) as stage:
                drives += drive_clip(driver, stage, advance=bar.update)
    notes = ["ID CSIM is left out: nobody knows who is in a finished video"]
    return [drive.since(clips.since_s) for drive in drives], [*notes, *_note_guessed(drives)]


def _choose_drivings(
    identities: Sequence[Identity],
) -> tuple[list[tuple[str, Driving]], list[str]]:
    """Every identity by itself, and as baseline where it has a code of its own look."""
    drivings, notes = [], []
    for person in identities:
        drivings.append((person.name, Driving(person)))
        if np.array_equal(person.latent, person.inversion):
            notes.append(
                f"the baseline of {BASELINE} is left out for {person.name}, who has no code beside "
                "the one that motion is added to"
            )
        else:
            drivings.append((f"{person.name}, {BASELINE}", Driving(person, relative=1.0)))
    return drivings, notes


def _note_guessed(drives: Sequence[Drive]) -> Iterator[str]:
    for drive in drives:
        for side, share in zip(("driver", "output"), drive.guessed, strict=True):
            if share > 0:
                yield (
                    f"{drive.clip}, {drive.lane}: in {share:.0%} of the pictures of the {side} "
                    "dlib found no face, and its points were laid by MediaPipe's rectangle"
                )
