"""reenact/pipeline.py: frames in, pictures of the identity out, whatever happens in between."""

import json
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engines.base import EngineError
from reenact.packs import load_pack
from reenact.pipeline import Pipeline
from reenact.reenactor import Reenactor
from reenact.smooth import NoSmoothing
from reenact.types import Frame, Image
from tests.fakes import (
    BRIGHTEST,
    INPUT_LEAST,
    SIZE,
    AveragingSmoother,
    FakeAligner,
    FakePack,
    FakeReader,
    ada,
    driver_frame,
    write_pack,
)


@pytest.fixture(scope="module")
def reenactor(tmp_path_factory: pytest.TempPathFactory) -> Reenactor:
    return Reenactor(load_pack(write_pack(tmp_path_factory.mktemp("pack"))), device="cpu")


def wave(time: float) -> float:
    return float(np.sin(7 * time))


def pipeline(reenactor: Reenactor, script: list[bool], **options: object) -> Pipeline:
    parts = {"aligner": FakeAligner(script), "smoother": NoSmoothing(), "reader": FakeReader(wave)}
    return Pipeline(reenactor, ada(), **{**parts, **options})


def drive(stream: Pipeline, numbers: Iterable[int]) -> list[Image]:
    return [stream(driver_frame(number)).image for number in numbers]


def at_rest(reenactor: Reenactor) -> Image:
    return reenactor.render(ada(), reenactor.read_motion(reenactor.neutral))


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


def test_own_idle_picture_is_shown_while_nobody_is_there(reenactor: Reenactor) -> None:
    idle = np.full((SIZE, SIZE, 3), 11, np.uint8)

    assert (drive(pipeline(reenactor, [False], idle=idle), [0])[0] == 11).all()


def test_idle_picture_of_another_size_is_refused(reenactor: Reenactor) -> None:
    with pytest.raises(
        ValueError, match=r"idle must be uint8 \(32, 32, 3\), got uint8 \(8, 8, 3\)"
    ):
        pipeline(reenactor, [False], idle=np.zeros((8, 8, 3), np.uint8))


def test_lost_face_goes_through_hold_and_easing_to_idle(reenactor: Reenactor) -> None:
    stream = pipeline(reenactor, [True] * 3 + [False] * 57)
    statuses = []
    for number in range(60):
        stream(driver_frame(number))
        statuses.append(stream.status)

    assert list(dict.fromkeys(statuses)) == ["tracked", "hold", "easing", "idle"]


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


def test_pack_that_reads_faces_needs_no_reader() -> None:
    reenactor = Reenactor(FakePack(reads="face"))
    stream = pipeline(reenactor, [True], aligner=FakeAligner([True], size=256), reader=None)

    assert (drive(stream, [0])[0] == BRIGHTEST).all()


@pytest.mark.parametrize(
    ("reads", "reader"), [("expression", None), ("face", FakeReader())], ids=["missing", "needless"]
)
def test_reader_must_fit_the_pack(reads: str, reader: FakeReader | None) -> None:
    with pytest.raises(ValueError, match="a reader is needed for 'expression' and only for it"):
        pipeline(Reenactor(FakePack(reads=reads)), [True], reader=reader)


def failing(*calls: int) -> Reenactor:
    """Fails in these frames; call 0 is the neutral picture."""
    return Reenactor(FakePack(failing=[call + 1 for call in calls]))


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
    for net in (reenactor, failing(*failures)):
        stream = pipeline(net, script, failures_in_a_row=1000)
        frames = [driver_frame(number, seed=seed) for number in range(len(script))]
        shown = [stream(frame) for frame in frames]

        assert brightest(shown) <= BRIGHTEST
        assert not any(
            np.shares_memory(out.image, frame.image)
            for out, frame in zip(shown, frames, strict=True)
        )


def test_folder_of_the_pack_is_not_needed_after_loading(tmp_path: Path) -> None:
    root = write_pack(tmp_path / "pack")
    loaded = Reenactor(load_pack(root), device="cpu")
    root.rename(tmp_path / "gone")

    assert len(drive(pipeline(loaded, [True]), range(2))) == 2
