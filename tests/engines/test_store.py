"""engines/store.py: a plan is kept once, found again, and never loaded when anything differs."""

import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from engines.base import EngineError
from engines.sealed_folder import MissingError, SealedFolder, SealError
from engines.store import EngineKey, EngineStore, default_folder
from tests.support.trt_parts import some_key

ROOT = Path(__file__).parents[2]


class Builder:
    """Counts what it builds."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self) -> bytes:
        self.count += 1
        return b"plan %d" % self.count


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "engines"


@pytest.fixture
def build() -> Builder:
    return Builder()


def test_plan_is_built_once_and_kept_for_the_next_start(folder: Path, build: Builder) -> None:
    first = EngineStore(folder).get(some_key(), build)
    second = EngineStore(folder).get(some_key(), build)

    assert (first.data, second.data, build.count) == (b"plan 1", b"plan 1", 1)
    assert first.note == second.note == ""


CHANGES = {
    "onnx_sha256": "1" * 64,
    "precision": "fp32",
    "batches": (1, 1, 4),
    "gpu": "A10",
    "capability": "8.6",
    "driver": "590 CUDA 14.0",
    "tensorrt": "10.13.3",
}


@pytest.mark.parametrize("name", CHANGES)
def test_plan_for_anything_else_is_not_loaded(folder: Path, build: Builder, name: str) -> None:
    store = EngineStore(folder)
    store.get(some_key(), build)
    other = some_key(**{name: CHANGES[name]})

    with pytest.raises(SealError):
        store.find(other)
    assert store.get(other, build).data == b"plan 2"


@pytest.mark.parametrize("name", ["driver", "tensorrt"])
def test_update_is_named_and_replaces_the_old_plan(
    folder: Path, build: Builder, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    store = EngineStore(folder)
    store.get(some_key(), build)
    store.get(some_key(**{name: CHANGES[name]}), build)

    before = getattr(some_key(), name)
    assert f"was built for {name} {before}, not {CHANGES[name]}" in caplog.text
    assert len(list(folder.glob("*.plan"))) == 1


def forge(folder: Path, key: EngineKey) -> None:
    """Another card's plan, sealed by this very user under this card's name."""
    facts = some_key(gpu="A10", capability="8.6").facts()
    SealedFolder(folder).write(key.file, facts, b"of another card")


DAMAGE: dict[str, Callable[[Path, EngineKey], object]] = {
    "corrupted": lambda f, key: (f / key.file).write_bytes(b"x" * 200),
    "truncated": lambda f, key: (f / key.file).write_bytes((f / key.file).read_bytes()[:-1]),
    "another card's": forge,
    "world-writable": lambda f, key: (f / key.file).chmod(0o666),
    "another secret": lambda f, key: (f / "secret").unlink(),
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
def test_plan_that_cannot_be_trusted_is_built_again_and_logged(
    folder: Path,
    build: Builder,
    damage: Callable[[Path, EngineKey], object],
    caplog: pytest.LogCaptureFixture,
) -> None:
    EngineStore(folder).get(some_key(), build)
    damage(folder, some_key())
    store = EngineStore(folder)

    assert store.get(some_key(), build).data == b"plan 2"
    assert "building a TensorRT engine again: " in caplog.text
    assert store.find(some_key()).data == b"plan 2"


def test_world_writable_folder_is_not_read_and_said(
    folder: Path, build: Builder, caplog: pytest.LogCaptureFixture
) -> None:
    EngineStore(folder).get(some_key(), build)
    folder.chmod(0o777)
    plan = EngineStore(folder).get(some_key(), build)

    assert plan.data == b"plan 2"
    assert "engines are not kept" in plan.note
    assert "open to others (mode 777)" in caplog.text


def test_folder_that_cannot_be_written_is_told_and_served_without(
    tmp_path: Path, build: Builder, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_bytes(b"")
    store = EngineStore(tmp_path / "file" / "engines")
    plan = store.get(some_key(), build)
    store.write_timing(some_key(), b"timing")
    store.forget(some_key())

    assert (plan.data, store.read_timing(some_key())) == (b"plan 1", b"")
    assert plan.note == store.problem
    assert "each start builds them" in caplog.text
    with pytest.raises(SealError, match="engines are not kept"):
        store.find(some_key())


def test_disk_that_fills_up_costs_the_cache_alone(folder: Path, build: Builder) -> None:
    store = EngineStore(folder)
    (folder / some_key().file).mkdir()  # the new file cannot take its place
    plan = store.get(some_key(), build)

    assert plan.data == b"plan 1"
    assert "the next start builds it again" in plan.note
    assert not list(folder.glob(".*.new"))


def test_failed_build_leaves_nothing_and_may_be_tried_again(folder: Path, build: Builder) -> None:
    def failing() -> bytes:
        raise EngineError("no memory")

    store = EngineStore(folder)
    with pytest.raises(EngineError, match="no memory"):
        store.get(some_key(), failing)

    assert not list(folder.glob("*.plan"))
    assert store.get(some_key(), build).data == b"plan 1"


def test_forgotten_plan_is_missing(folder: Path, build: Builder) -> None:
    store = EngineStore(folder)
    store.get(some_key(), build)
    store.forget(some_key())

    with pytest.raises(MissingError):
        store.find(some_key())


def test_concurrent_builds_of_one_key_are_one(folder: Path, build: Builder) -> None:
    started, go_on = threading.Event(), threading.Event()

    def slowly() -> bytes:
        started.set()
        go_on.wait(30)
        return build()

    found: list[bytes] = []
    stores = [EngineStore(folder) for _ in range(4)]
    threads = [
        threading.Thread(
            target=lambda store=store: found.append(store.get(some_key(), slowly).data)
        )
        for store in stores
    ]
    for thread in threads:
        thread.start()
    started.wait(30)
    go_on.set()
    for thread in threads:
        thread.join(30)

    assert (found, build.count) == ([b"plan 1"] * 4, 1)


BUILD_IN_ANOTHER_PROCESS = """
import sys
from pathlib import Path
from engines.store import EngineStore
from tests.support.trt_parts import some_key

def build() -> bytes:
    print("building", flush=True)
    sys.stdin.readline()
    return b"theirs"

EngineStore(Path(sys.argv[1])).get(some_key(), build)
"""


@pytest.fixture
def other_process(folder: Path) -> subprocess.Popen[str]:
    """Another process in the middle of a build; a line on its stdin ends it."""
    process = subprocess.Popen(
        [sys.executable, "-c", BUILD_IN_ANOTHER_PROCESS, str(folder)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "building\n"
    return process


def test_build_of_another_process_is_waited_for(
    folder: Path, build: Builder, other_process: subprocess.Popen[str]
) -> None:
    found: list[bytes] = []
    waiting = threading.Thread(
        target=lambda: found.append(EngineStore(folder).get(some_key(), build).data)
    )
    waiting.start()
    other_process.communicate("\n", timeout=60)
    waiting.join(60)

    assert (found, build.count) == ([b"theirs"], 0)


def test_wait_for_another_process_can_be_stopped(
    folder: Path, build: Builder, other_process: subprocess.Popen[str]
) -> None:
    with pytest.raises(EngineError, match="stopped while waiting"):
        EngineStore(folder).get(some_key(), build, stopped=lambda: True)
    other_process.communicate("\n", timeout=60)

    assert build.count == 0


def test_measurements_are_kept_by_card_and_version(folder: Path) -> None:
    store = EngineStore(folder)
    store.write_timing(some_key(), b"measured")

    assert EngineStore(folder).read_timing(some_key(onnx_sha256="1" * 64)) == b"measured"
    assert store.read_timing(some_key(tensorrt="10.0")) == b""
    assert store.read_timing(some_key(gpu="A10")) == b""


def test_forged_measurements_are_not_used(folder: Path) -> None:
    store = EngineStore(folder)
    store.write_timing(some_key(), b"measured")
    (file,) = folder.glob("*.timing")
    file.write_bytes(file.read_bytes()[:-1] + b"!")

    assert store.read_timing(some_key()) == b""


def test_default_folder_is_the_users_cache() -> None:
    assert default_folder().parts[-2:] == ("reenact", "engines")
