"""The picture that is kept of a new person, which shows whether enrolment went well."""

from itertools import islice

from reenact.face.align import FaceAligner
from reenact.face.stills import find_face
from reenact.identities.enrol import Enrolled
from reenact.media.preview import sheet
from reenact.media.video_probe import probe_video
from reenact.media.video_reader import read_frames
from reenact.packs.bundled import DRIVER
from reenact.reenactor import Reenactor
from reenact.types import Image

MOMENTS_S = (2.0, 6.47, 7.3)
"""Times in the bundled clip, seconds: turned aside, talking, smiling."""


def draw_enrolment(reenactor: Reenactor, enrolled: Enrolled, faces: list[Image]) -> Image:
    """The face, its inversion, and the new person doing what each of `faces` does, in a row."""
    driven = [reenactor.render(enrolled.identity, reenactor.read_motion(face)) for face in faces]
    return sheet([[enrolled.face, enrolled.inverted, *driven]], cell=enrolled.face.shape[1])


def find_sample_faces() -> list[Image]:
    """The bundled driver's face at each of `MOMENTS_S`, (256, 256, 3), for nets that read faces."""
    info = probe_video(DRIVER)
    wanted = {round(time * info.rate) for time in MOMENTS_S}
    with FaceAligner(as_dlib=True) as aligner:
        frames = islice(read_frames(DRIVER, info), max(wanted) + 1)
        pictures = [frame.image for number, frame in enumerate(frames) if number in wanted]
        found = [find_face(picture, aligner) for picture in pictures]
    return [face.image for face in found if face is not None]
