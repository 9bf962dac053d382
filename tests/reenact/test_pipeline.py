"""reenact/pipeline.py: frames in, pictures of the identity out, whatever happens in between."""

import json
from collections.abc import Iterable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engines.base import EngineError
from reenact.driving import Driving, Parts
from reenact.face.align import FaceAligner
from reenact.face.stills import read_photographs
from reenact.identities.identity import load_identity
from reenact.packs.pack import load_pack
from reenact.pipeline import Pipeline, open_pipeline, render_neutral
from reenact.reenactor import Reenactor
from reenact.smooth import NoSmoothing
from reenact.types import FaceCrop, Frame, Identity, Image
from tests.support.faces import GOLDEN, PICTURES, picture
from tests.support.fake_face_pack import write_face_pack
from tests.support.fakes import (
    BRIGHTEST,
    INPUT_LEAST,
    ROWS,
    WIDTH,
    AveragingSmoother,
    FakeAligner,
    FakePack,
    FakeReader,
    ada,
    driver_frame,
    fake_reenactor,
    write_pack,
)


@pytest.fixture(scope="module")
def reenactor(tmp_path_factory: pytest.TempPathFactory) -> Reenactor:
    return Reenactor(load_pack(write_pack(tmp_path_factory.mktemp("pack"))), device="cpu")


def wave(time: float) -> float:
    return float(np.sin(7 * time))


def pipeline(reenactor: Reenactor, script: list[bool], **options: Any) -> Pipeline:
    """With a scripted tracker; `reader` and `smoother` in place of the pack's own."""
    parts = Parts(
        options.pop("reader", None) or FakeReader(wave),
        options.pop("smoother", None) or NoSmoothing(),
        motion=reenactor.read_motion,
        neutral=np.zeros(13, np.float32),
    )
    aligner = options.pop("aligner", None) or FakeAligner(script)
    return Pipeline(reenactor, Driving(ada()), aligner=aligner, parts=parts, **options)


def drive(stream: Pipeline, numbers: Iterable[int]) -> list[Image]:
    return [stream(driver_frame(number)).image for number in numbers]


def at_rest(reenactor: Reenactor) -> Image:
    return render_neutral(reenactor, ada())


def test_followed_face_drives_the_identity(reenactor: Reenactor) -> None:
    (picture,) = drive(pipeline(reenactor, [True], reader=FakeReader(0.5)), [3])

    expected = reenactor.render(ada(), reenactor.read_motion(np.full(13, 0.5, np.float32)))
    assert np.array_equal(picture, expected)


def test_output_keeps_the_frames_stamps(reenactor: Reenactor) -> None:
    frame = driver_frame(17)
    shown = pipeline(reenactor, [True])(frame)

    assert (shown.pts, shown.time_base) == (frame.pts, frame.time_base)


def test_motion_is_smoothed(reenactor: Reenactor) -> None:
    smoothed = pipeline(reenactor, [True], smoother=AveragingSmoother())
    plain = pipeline(reenactor, [True])

    assert not np.array_equal(drive(smoothed, range(5))[-1], drive(plain, range(5))[-1])


def test_without_a_face_the_identity_rests(reenactor: Reenactor) -> None:
    stream = pipeline(reenactor, [False])

    assert np.array_equal(drive(stream, range(3))[-1], at_rest(reenactor))
    assert stream.status == "idle"


def test_lost_face_goes_through_hold_and_easing_to_idle(reenactor: Reenactor) -> None:
    stream = pipeline(reenactor, [True] * 3 + [False] * 57)
    statuses = []
    for number in range(60):
        stream(driver_frame(number))
        statuses.append(stream.status)

    assert list(dict.fromkeys(statuses)) == ["tracked", "held", "easing", "idle"]


def test_held_picture_stays_as_it_was(reenactor: Reenactor) -> None:
    pictures = drive(pipeline(reenactor, [True, False, False]), range(3))

    assert np.array_equal(pictures[0], pictures[2])


def test_smoother_forgets_after_a_lost_face(reenactor: Reenactor) -> None:
    smoother = AveragingSmoother()
    drive(pipeline(reenactor, [True] + [False] * 59, smoother=smoother), range(60))

    assert smoother.resets == 1


def test_smoother_remembers_over_a_short_loss(reenactor: Reenactor) -> None:
    smoother = AveragingSmoother()
    drive(pipeline(reenactor, [True, False, False, True], smoother=smoother), range(4))

    assert smoother.resets == 0


def test_face_of_the_last_frame_is_there_for_previews(reenactor: Reenactor) -> None:
    stream = pipeline(reenactor, [True, False])

    faces = [stream(driver_frame(number)) and stream.face for number in range(2)]
    assert [face is not None for face in faces] == [True, False]


def test_pack_that_reads_faces_is_driven_by_what_its_net_sees() -> None:
    reenactor = fake_reenactor(FakePack(reads="face"))
    stream = Pipeline(reenactor, Driving(ada()), aligner=FakeAligner([True], size=256))

    assert (drive(stream, [0])[0] == BRIGHTEST).all()


def failing(*calls: int) -> Reenactor:
    """Fails in these frames; call 0 is the neutral picture."""
    return fake_reenactor(FakePack(failing=[call + 1 for call in calls]))


def test_failed_frame_repeats_the_last_picture() -> None:
    pictures = drive(pipeline(failing(1), [True]), range(3))

    assert np.array_equal(pictures[0], pictures[1])
    assert not np.array_equal(pictures[1], pictures[2])


def test_failed_frames_are_counted() -> None:
    stream = pipeline(failing(1, 3), [True])
    drive(stream, range(5))

    assert stream.failed == 2


def test_burst_of_failures_is_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    drive(pipeline(failing(1, 2, 3), [True]), range(6))

    assert len(caplog.records) == 1


def test_failures_in_a_row_end_the_stream() -> None:
    stream = pipeline(failing(*range(1, 9)), [True], failures_in_a_row=4)
    drive(stream, range(4))

    with pytest.raises(EngineError, match="4 frames in a row failed, the last one so: the net"):
        drive(stream, [4])


def test_failures_with_good_frames_between_do_not_end_it() -> None:
    stream = pipeline(failing(1, 3, 5, 7), [True], failures_in_a_row=2)

    assert len(drive(stream, range(9))) == 9


def test_net_that_cannot_even_rest_is_found_at_the_start() -> None:
    with pytest.raises(EngineError, match="on purpose"):
        pipeline(failing(-1), [True])


def test_closing_closes_the_tracker(reenactor: Reenactor) -> None:
    aligner = FakeAligner([True])
    with pipeline(reenactor, [True], aligner=aligner):
        pass

    assert aligner.closed


def test_shown_picture_cannot_be_drawn_on(reenactor: Reenactor) -> None:
    (picture,) = drive(pipeline(reenactor, [False]), [0])

    with pytest.raises(ValueError, match="read-only"):
        picture[0, 0] = 0


SCRIPTS = st.lists(
    st.tuples(st.booleans(), st.integers(1, 40)).map(lambda run: [run[0]] * run[1]), max_size=6
).map(lambda runs: [seen for run in runs for seen in run] or [True])


@settings(max_examples=40)
@given(SCRIPTS, st.data())
def test_restored_pipeline_gives_the_same_pictures(
    reenactor: Reenactor, script: list[bool], data: st.DataObject
) -> None:
    cut = data.draw(st.integers(0, len(script)))
    whole = pipeline(reenactor, script, smoother=AveragingSmoother())
    expected = drive(whole, range(len(script)))
    first = pipeline(reenactor, script, smoother=AveragingSmoother())
    drive(first, range(cut))
    second = pipeline(reenactor, script, smoother=AveragingSmoother())
    second.restore(json.loads(json.dumps(first.state())))

    assert np.array_equal(drive(second, range(cut, len(script))), expected[cut:])
    assert second.state() == whole.state()


def test_failure_right_after_restoring_shows_what_was_shown_before() -> None:
    first = pipeline(failing(), [True])
    before = drive(first, range(3))[-1]
    second = pipeline(failing(1), [True])  # its first frame fails
    second.restore(first.state())

    assert np.array_equal(drive(second, [3])[0], before)


def brightest(frames: Iterable[Frame]) -> int:
    return max((int(frame.image.max()) for frame in frames), default=0)


@settings(max_examples=60)
@given(SCRIPTS, st.sets(st.integers(0, 60)), st.integers(0, 2**16))
def test_no_output_ever_holds_input_pixels_as_faces_come_and_go(
    reenactor: Reenactor, script: list[bool], failures: set[int], seed: int
) -> None:
    """Every input pixel is brighter than any picture the nets can make."""
    assert BRIGHTEST < INPUT_LEAST
    sees = fake_reenactor(FakePack(reads="face", failing={call + 1 for call in failures}))
    streams = [
        pipeline(reenactor, script, failures_in_a_row=1000),
        pipeline(failing(*failures), script, failures_in_a_row=1000),
        Pipeline(
            sees,
            Driving(ada()),
            aligner=FakeAligner(script, size=256),
            failures_in_a_row=1000,
        ),
    ]
    for stream in streams:
        frames = [driver_frame(number, seed=seed) for number in range(len(script))]
        shown = [stream(frame) for frame in frames]

        assert brightest(shown) <= BRIGHTEST
        assert not any(
            np.shares_memory(out.image, frame.image)
            for out, frame in zip(shown, frames, strict=True)
        )


def test_neutral_face_is_learnt_anew_where_it_is_learnt(reenactor: Reenactor) -> None:
    reader = FakeReader()
    pipeline(reenactor, [True], reader=reader).recalibrate()

    assert reader.recalibrated == 1


def test_folder_of_the_pack_is_not_needed_after_loading(tmp_path: Path) -> None:
    root = write_pack(tmp_path / "pack")
    loaded = Reenactor(load_pack(root), device="cpu")
    root.rename(tmp_path / "gone")

    assert len(drive(pipeline(loaded, [True]), range(2))) == 2


@pytest.fixture(scope="module")
def faces(tmp_path_factory: pytest.TempPathFactory) -> Reenactor:
    root = write_face_pack(tmp_path_factory.mktemp("packs") / "faces")
    return Reenactor(load_pack(root), device="cpu")


def driver_frames() -> list[Frame]:
    return [Frame(picture(jaw=jaw), i, Fraction(1, 30)) for i, jaw in enumerate((0.0, 0.6, 0.6))]


def person(reenactor: Reenactor) -> Identity:
    return load_identity(reenactor.pack, reenactor.pack.identities[0])


def own(identity: Identity) -> Identity:
    """The same person, driven from their own code."""
    return replace(identity, latent=identity.inversion)


def test_opened_pipeline_of_a_face_pack_adds_motion_to_the_constant(faces: Reenactor) -> None:
    frame = driver_frames()[0]
    with open_pipeline(faces, Driving(person(faces))) as stream:
        shown = stream(frame).image
        assert stream.face is not None
        motion = faces.read_motion(stream.face.image)

    assert np.array_equal(shown, faces.render(person(faces), motion))


def test_live_square_of_a_face_pack_is_that_of_enrolment(faces: Reenactor) -> None:
    (enrolled,) = read_photographs([GOLDEN / PICTURES[0.0]])
    with open_pipeline(faces, Driving(person(faces))) as stream:
        live = stream.find(driver_frames()[0]).face

    assert live is not None
    assert np.abs(offset_between(live.image, enrolled.face)).max() < 0.05  # pixels of 256
    with FaceAligner() as aligner:
        higher = aligner.align(driver_frames()[0])
    assert higher is not None
    assert offset_between(higher.image, enrolled.face)[1] < -0.5


def offset_between(one: Image, other: Image) -> tuple[float, float]:
    """Pixels, (x, y), by which the content of `other` lies further right and down than of `one`."""
    grey = [picture.mean(axis=2).astype(np.float64) for picture in (one, other)]
    window = cv2.createHanningWindow(grey[0].shape[::-1], cv2.CV_64F)
    (x, y), _ = cv2.phaseCorrelate(grey[0], grey[1], window)
    return x, y


def test_square_of_a_pack_of_expressions_is_that_of_the_landmarks(reenactor: Reenactor) -> None:
    with open_pipeline(reenactor, Driving(person(reenactor))) as stream, FaceAligner() as aligner:
        for frame in driver_frames():
            live, plain = stream.find(frame).face, aligner.align(frame)
            assert live is not None
            assert plain is not None
            assert np.array_equal(live.crop_from_frame, plain.crop_from_frame)
            assert np.array_equal(live.image, plain.image)


def test_relative_motion_is_added_to_the_persons_own_code(faces: Reenactor) -> None:
    frame = driver_frames()[1]
    with FaceAligner(as_dlib=True) as aligner:
        face, rest = aligner.align(frame), seen_at_256()
    assert face is not None
    with open_pipeline(faces, Driving(person(faces), relative=1.5), neutral=rest) as stream:
        shown = stream(frame).image

    mirrored = np.ascontiguousarray(rest.image[:, ::-1])
    neutral = (faces.read_motion(rest.image) + faces.read_motion(mirrored)) / 2
    motion = np.asarray(1.5 * (faces.read_motion(face.image) - neutral), np.float32)
    expected = faces.render(own(person(faces)), motion)
    assert np.abs(shown.astype(int) - expected).max() <= 1


def test_person_at_rest_looks_like_their_own_code_when_driven_relatively(faces: Reenactor) -> None:
    with open_pipeline(faces, Driving(person(faces), relative=1.0)) as stream:
        shown = stream(Frame(np.zeros((64, 64, 3), np.uint8), 0, Fraction(1, 30))).image

    assert np.array_equal(
        shown, faces.render(own(person(faces)), np.zeros((ROWS, WIDTH), np.float32))
    )


def test_expressions_can_be_relative_too(reenactor: Reenactor) -> None:
    with open_pipeline(reenactor, Driving(person(reenactor), relative=0.0)) as stream:
        shown = [stream(frame).image for frame in driver_frames()]

    still = reenactor.render(person(reenactor), np.zeros((ROWS, WIDTH), np.float32))
    assert all(np.array_equal(image, still) for image in shown)


def test_restored_pipeline_of_a_face_pack_goes_on_exactly(faces: Reenactor) -> None:
    frames = driver_frames()
    with (
        open_pipeline(faces, Driving(person(faces), relative=1.0)) as whole,
        open_pipeline(faces, Driving(person(faces), relative=1.0)) as first,
        open_pipeline(faces, Driving(person(faces), relative=1.0)) as second,
    ):
        expected = [whole(frame).image for frame in frames]
        first(frames[0])
        second.restore(json.loads(json.dumps(first.state())))
        assert all(
            np.array_equal(second(frame).image, picture)
            for frame, picture in zip(frames[1:], expected[1:], strict=True)
        )


def test_gains_mean_nothing_to_a_face_pack(faces: Reenactor) -> None:
    with pytest.raises(ValueError, match="gains of single axes"):
        open_pipeline(faces, Driving(person(faces), gains={"jaw": 2.0}))


def test_neutral_face_means_nothing_to_a_face_pack_without_relative(faces: Reenactor) -> None:
    with pytest.raises(ValueError, match="add --relative"):
        open_pipeline(faces, Driving(person(faces)), neutral=seen_at_256())


def seen_at_256() -> FaceCrop:
    with FaceAligner(as_dlib=True) as aligner:
        face = aligner.align(driver_frames()[0])
    assert face is not None
    return face
