"""The engine cache: TensorRT plans built on this machine, for this card, by this user.

A plan is executable code tied to a card, a driver and a TensorRT version. It is read back only from
a private folder, when its seal is right (see `sealed_folder.py`) and its key is the one asked for;
in every other case the plan is built again, and the log says why.
"""

import hashlib
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from engines.base import EngineError
from engines.sealed_folder import MissingError, SealedFolder, SealError, describe_differences

logger = logging.getLogger(__name__)

_POLL_S = 0.2  # between two looks whether a waiting build is to stop


class PlanRefusedError(SealError):
    """TensorRT refuses a plan that it made itself; the plan must be built again."""


@dataclass(frozen=True, slots=True)
class EngineKey:
    """Everything that a plan depends on."""

    onnx_sha256: str
    """SHA-256 of the ONNX file, in lower-case hexadecimal."""
    precision: str
    """The arithmetic in the file: "fp32", "fp16" or "mixed"."""
    batches: tuple[int, int, int]
    """The least, the usual and the most items of a call."""
    gpu: str
    """The card's name."""
    capability: str
    """The card's CUDA compute capability, such as "8.9"."""
    driver: str
    """Version of the driver and of the CUDA that it speaks."""
    tensorrt: str
    """Version of TensorRT."""

    @property
    def file(self) -> str:
        """The plan's file, one per net and card: a new driver or TensorRT replaces the old plan."""
        parts = (self.onnx_sha256, self.precision, self.batches, self.gpu, self.capability)
        return hashlib.sha256(repr(parts).encode()).hexdigest()[:32] + ".plan"

    def facts(self) -> dict[str, object]:
        """The key as JSON values, which the sealed file repeats."""
        return {**asdict(self), "batches": list(self.batches)}


@dataclass(frozen=True, slots=True)
class StoredPlan:
    """A plan that this machine built: the only thing a `TrtEngine` is made from."""

    key: EngineKey
    """What the plan was built for."""
    data: bytes
    """The plan as TensorRT serialises it."""
    note: str = ""
    """Why the plan is not kept for the next start; empty when it is kept."""


class EngineStore:
    """Keeps plans by key. Any thread and any number of processes may use it."""

    def __init__(self, folder: Path | None = None) -> None:
        """Keep plans in `folder`, None for the user's cache folder.

        When the folder cannot be used, or others can enter it, plans are built for this run alone.
        One warning says so, and the `note` of every plan.
        """
        self.problem = ""
        self._folder: SealedFolder | None = None
        try:
            self._folder = SealedFolder(folder or default_folder())
        except SealError as error:
            self.problem = f"engines are not kept, each start builds them: {error}"
            logger.warning("%s", self.problem)

    def find(self, key: EngineKey) -> StoredPlan:
        """The kept plan of `key`. Raises SealError, with the reason, when none can be trusted."""
        if self._folder is None:
            raise SealError(self.problem)
        facts, data = self._folder.read(key.file)
        wrong = describe_differences(key.facts(), facts)
        if wrong:
            raise SealError(f"{key.file} was built for {wrong}")
        return StoredPlan(key, data)

    def get(
        self,
        key: EngineKey,
        build: Callable[[], bytes],
        *,
        stopped: Callable[[], bool] = lambda: False,
    ) -> StoredPlan:
        """The plan of `key`; it is built and kept first where there is none, once for all callers.

        Only one build runs at a time, of any net: two would spoil each other's measurements.
        stopped: asked while another build runs; True ends the wait with EngineError.
        """
        if self._folder is None:
            return StoredPlan(key, build(), self.problem)
        try:
            with _hold_lock(self._folder.path / "build.lock", stopped):
                return self._find_or_build(self._folder, key, build)
        except SealError as error:
            return _plan_for_this_run(key, build(), error)

    def forget(self, key: EngineKey) -> None:
        """Delete the plan of `key`, so that it is built again."""
        if self._folder is not None:
            (self._folder.path / key.file).unlink(missing_ok=True)

    def read_timing(self, key: EngineKey) -> bytes:
        """TensorRT's measurements from earlier builds on this card; empty when there are none."""
        if self._folder is None:
            return b""
        try:
            return self._folder.read(_timing_file(key))[1]
        except SealError as error:
            logger.debug("no timing cache: %s", error)
            return b""

    def write_timing(self, key: EngineKey, data: bytes) -> None:
        """Keep TensorRT's measurements for later builds on this card."""
        if self._folder is not None:
            try:
                self._folder.write(_timing_file(key), {}, data)
            except SealError as error:
                logger.warning("the next build will take as long: %s", error)

    def _find_or_build(
        self, folder: SealedFolder, key: EngineKey, build: Callable[[], bytes]
    ) -> StoredPlan:
        try:
            return self.find(key)
        except MissingError as error:
            logger.info("building a TensorRT engine: %s", error)
        except SealError as error:
            logger.warning("building a TensorRT engine again: %s", error)
        data = build()
        try:
            folder.write(key.file, key.facts(), data)
        except SealError as error:
            return _plan_for_this_run(key, data, error)
        return StoredPlan(key, data)


def _plan_for_this_run(key: EngineKey, data: bytes, error: SealError) -> StoredPlan:
    note = f"the engine is not kept, the next start builds it again: {error}"
    logger.warning("%s", note)
    return StoredPlan(key, data, note)


def default_folder() -> Path:
    """The user's folder for engines. Raises SealError without platformdirs, or without a home."""
    try:
        import platformdirs
    except ImportError as error:
        raise SealError(f"no cache folder ({error}); pip install 'reenact[tensorrt]'") from error
    try:
        return platformdirs.user_cache_path("reenact", appauthor=False) / "engines"
    except RuntimeError as error:
        raise SealError("no cache folder: set HOME or XDG_CACHE_HOME to a folder") from error


@contextmanager
def _hold_lock(path: Path, stopped: Callable[[], bool]) -> Iterator[None]:
    lock = FileLock(path)
    while True:
        try:
            lock.acquire(timeout=_POLL_S)
            break
        except Timeout:
            if stopped():
                raise EngineError("stopped while waiting for another build") from None
        except OSError as error:
            raise SealError(f"{path} cannot be locked ({error.strerror}); delete it") from error
    try:
        yield
    finally:
        lock.release()


def _timing_file(key: EngineKey) -> str:
    parts = (key.gpu, key.capability, key.driver, key.tensorrt)
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:32] + ".timing"
