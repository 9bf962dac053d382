"""engines/swap.py: a better engine takes over between two calls; no call is lost, none fails."""

import threading
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from engines.base import Array, Engine, EngineError, TensorSpec
from engines.onnx_file import read_onnx
from engines.ort import OrtEngine
from engines.swap import BuildState, BuildWatch, SwappingEngine, describe_disagreement
from tests.support.fakes import FakeEngine, write_motion
from tests.support.trt_parts import expression

X = TensorSpec("x", (None, 4), "float32")
Y = TensorSpec("y", (None, 4), "float32")
GIVEN = np.ones((1, 4), np.float32)


class Named(FakeEngine):
    """Doubles, on a device of that name."""

    reason = ""

    def __init__(
        self, device: str, answer: Callable[[Array], Array] = lambda x: 2 * x, **specs: TensorSpec
    ) -> None:
        super().__init__([specs.get("x", X)], [specs.get("y", Y)], answer)
        self.device = device


def call_until(engine: SwappingEngine, stage: str, timeout_s: float = 30.0) -> None:
    end = time.monotonic() + timeout_s
    while engine.state.stage != stage:
        assert time.monotonic() < end, f"still {engine.state}"
        engine(x=GIVEN)


def test_first_engine_serves_at_once_and_the_better_one_takes_over() -> None:
    go_on = threading.Event()
    first, better = Named("cpu"), Named("tensorrt")

    def build(watch: BuildWatch) -> Engine:
        assert watch.wait(go_on)
        return better

    engine = SwappingEngine(first, build)
    assert (engine(x=GIVEN)["y"] == 2).all()
    assert engine.device == "cpu"
    go_on.set()
    call_until(engine, "swapped")
    calls = first.calls
    engine(x=GIVEN)

    assert (engine.device, engine.reason, first.calls) == ("tensorrt", "", calls)
    engine.wait(30)
    assert first.closed
    engine.close()
    assert better.closed


def test_progress_is_told_in_words() -> None:
    reported, go_on = threading.Event(), threading.Event()

    def build(watch: BuildWatch) -> Engine:
        watch.report(0.34, 120.0)
        reported.set()
        watch.wait(go_on)
        return Named("tensorrt")

    engine = SwappingEngine(Named("cpu"), build)
    reported.wait(30)

    assert engine.state == BuildState("building", 0.34, 120.0)
    assert engine.reason == "a faster engine is being built, 34%, about 120 s left"
    engine.close()


def test_build_that_does_not_tell_is_still_under_way() -> None:
    assert BuildState().describe() == "a faster engine is being built"


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (EngineError("no importer for Det"), "no importer for Det"),
        (KeyError("x"), "its build broke (KeyError: 'x')"),
    ],
    ids=["known", "unknown"],
)
def test_failed_build_is_said_once_and_serving_goes_on(
    error: Exception, said: str, caplog: pytest.LogCaptureFixture
) -> None:
    def build(watch: BuildWatch) -> Engine:
        raise error

    engine = SwappingEngine(Named("cpu"), build)
    engine.wait(30)
    for _ in range(5):
        assert (engine(x=GIVEN)["y"] == 2).all()

    assert (engine.device, engine.reason) == ("cpu", f"no faster engine: {said}")
    assert caplog.text.count("going on with cpu") == 1
    engine.close()


def fails(x: Array) -> Array:
    raise EngineError("out of memory")


REJECTED = {
    "other names": (Named("gpu", x=TensorSpec("face", (None, 4), "float32")), "another net"),
    "other dtype": (Named("gpu", y=TensorSpec("y", (None, 4), "float16")), "another net"),
    "other picture": (Named("gpu", lambda x: 3 * x), "y differs by 50%"),
    "nan": (Named("gpu", lambda x: x * np.float32(np.nan)), "y differs by nan%"),
    "other shape": (Named("gpu", lambda x: x[:, :2]), r"y is (1, 2), not (1, 4)"),
    "fails": (Named("gpu", fails), "out of memory"),
}


@pytest.mark.parametrize(("better", "said"), REJECTED.values(), ids=REJECTED)
def test_engine_that_does_not_do_the_same_never_takes_over(better: Named, said: str) -> None:
    engine = SwappingEngine(Named("cpu"), lambda watch: better)
    call_until(engine, "failed")

    assert said in engine.reason
    assert (engine(x=GIVEN)["y"] == 2).all()
    engine.wait(30)
    assert better.closed
    engine.close()


def test_caller_who_reuses_arrays_does_not_spoil_the_comparison() -> None:
    engine = SwappingEngine(Named("cpu"), lambda watch: Named("tensorrt"))
    given, end = GIVEN.copy(), time.monotonic() + 30
    while engine.state.stage in ("building", "trying") and time.monotonic() < end:
        given += 1
        engine(x=given)["y"][:] = -1

    assert engine.state.stage == "swapped"
    engine.close()


def test_bad_call_fails_alone() -> None:
    engine = SwappingEngine(Named("cpu"), lambda watch: Named("tensorrt"))
    with pytest.raises(EngineError, match="x must be float32"):
        engine(x=np.ones((1, 5), np.float32))

    call_until(engine, "swapped")
    engine.close()


@pytest.mark.parametrize("called", [False, True], ids=["building", "trying"])
def test_close_stops_the_build(called: bool) -> None:
    never, better, first = threading.Event(), Named("tensorrt"), Named("cpu")

    def build(watch: BuildWatch) -> Engine:
        if not called:
            watch.wait(never)
            raise EngineError("stopped")
        return better

    engine = SwappingEngine(first, build)
    engine.close()
    engine.close()

    assert engine.wait(0).stage == "closed"
    assert not any(thread.name == "engine build" for thread in threading.enumerate())
    assert first.closed
    assert better.closed == called
    assert engine.reason == ""


def test_real_engines_are_swapped_under_a_caller_who_never_stops(tmp_path: Path) -> None:
    path = write_motion(tmp_path / "motion.onnx")
    reference = OrtEngine(read_onnx(path), device="cpu")
    cases = [
        (given, reference(expression=given)["motion"]) for given in map(expression, range(1, 9))
    ]
    enough, devices, wrong = threading.Event(), list[str](), list[int]()

    def build(watch: BuildWatch) -> Engine:
        watch.wait(enough)
        better = OrtEngine(read_onnx(path), device="cpu", threads=2)
        better.device = "better"
        return better

    engine = SwappingEngine(OrtEngine(read_onnx(path), device="cpu", threads=1), build)

    def hammer() -> None:
        after = 0
        while after < 200:
            given, wanted = cases[len(devices) % 8]
            found = engine(expression=given)["motion"]
            devices.append(engine.device)
            wrong.extend([len(devices)] * (not np.allclose(found, wanted, atol=1e-6)))
            after += devices[-1] == "better"
            if len(devices) == 200:
                enough.set()

    thread = threading.Thread(target=hammer)
    thread.start()
    thread.join(120)
    engine.close()

    assert wrong == []
    assert (devices[0], devices[-1]) == ("cpu", "better")
    assert devices == sorted(devices, key=["cpu", "better"].index), "it swapped back"


@pytest.mark.parametrize(
    ("shift", "said"), [(2, ""), (9, "picture differs by 9.0 levels of 255")], ids=["near", "far"]
)
def test_pictures_may_differ_as_precisions_do(shift: int, said: str) -> None:
    want = np.full((1, 8, 8, 3), 250, np.uint8)

    assert describe_disagreement({"picture": want}, {"picture": want - np.uint8(shift)}) == said
