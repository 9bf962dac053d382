"""The picture that is kept of a new person: to see at once whether enrolment went well."""

import numpy as np

from reenact.face.align import FaceAligner
from reenact.face.stills import find_face
from reenact.identities.enrol import Enrolled
from reenact.media.preview import scale
from reenact.media.video_reader import probe_video, read_frames
from reenact.packs.bundled import DRIVER
from reenact.reenactor import Reenactor
from reenact.types import FaceCrop, Image

MOMENTS_S = (2.0, 6.47, 7.3)
"""Of the bundled clip: turned aside, talking, smiling."""


def enrolment_picture(reenactor: Reenactor, enrolled: Enrolled, faces: list[Image]) -> Image:
    """The face, its inversion, and the new person doing what each of `faces` does, in a row."""
    driven = [reenactor.render(enrolled.identity, reenactor.read_motion(face)) for face in faces]
    height = enrolled.face.shape[0]
    return np.hstack(
        [enrolled.face, enrolled.inverted, *(scale(it, height, height) for it in driven)]
    )


def sample_faces() -> list[Image]:
    """The bundled driver's face in each of `MOMENTS_S`, (256, 256, 3)."""
    info = probe_video(DRIVER)
    wanted = {round(time * info.rate) for time in MOMENTS_S}
    with FaceAligner() as aligner:
        frames = enumerate(read_frames(DRIVER, info))
        found: list[FaceCrop | None] = []
        for number, frame in frames:
            if number in wanted:
                found.append(find_face(frame.image, aligner))
            if len(found) == len(wanted):
                break
    return [face.image for face in found if face is not None]
