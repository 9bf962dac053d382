"""The engine cache: TensorRT plans built on this machine, for this card, by this user.

A plan is executable code tied to a card, a driver and a TensorRT version. It is read back only from
a private folder, sealed (see `sealed_folder.py`) and with the very key it is asked for under;
anything else is built anew, and said.
"""

import hashlib
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from engines.base import EngineError
from engines.sealed_folder import MissingError, SealedFolder, SealError, differences

logger = logging.getLogger(__name__)

_POLL_S = 0.2


class PlanRefusedError(SealError):
    """TensorRT does not take a plan that it made; it must be built anew."""


@dataclass(frozen=True, slots=True)
class EngineKey:
    """What a plan depends on. batches: the least, the usual and the most of its profile."""

    onnx_sha256: str
    precision: str
    batches: tuple[int, int, int]
    gpu: str
    capability: str
    driver: str
    tensorrt: str

    @property
    def file(self) -> str:
        """One file per net and card: a new driver or TensorRT replaces the old one's."""
        parts = (self.onnx_sha256, self.precision, self.batches, self.gpu, self.capability)
        return hashlib.sha256(repr(parts).encode()).hexdigest()[:32] + ".plan"

    def facts(self) -> dict[str, object]:
        return {**asdict(self), "batches": list(self.batches)}


@dataclass(frozen=True, slots=True)
class StoredPlan:
    """A plan that this machine built: the only thing a `TrtEngine` is made from.

    note: why it is not kept for the next start; empty when it is.
    """

    key: EngineKey
    data: bytes
    note: str = ""


class EngineStore:
    """Plans by key. Any thread and any number of processes may use it."""

    def __init__(self, folder: Path | None = None) -> None:
        """folder: the user's cache folder when None.

        A folder that cannot be used, or that others can enter, is told once as a warning and in
        the `note` of every plan; plans are then built for this run alone.
        """
        self.problem = ""
        self._folder: SealedFolder | None = None
        try:
            self._folder = SealedFolder(folder or default_folder())
        except SealError as error:
            self.problem = f"engines are not kept, each start builds them: {error}"
            logger.warning("%s", self.problem)

    def find(self, key: EngineKey) -> StoredPlan:
        """The plan under `key`. Raises SealError, with the reason, when there is none to trust."""
        if self._folder is None:
            raise SealError(self.problem)
        facts, data = self._folder.read(key.file)
        wrong = differences(key.facts(), facts)
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
        """The plan under `key`, built and kept if need be; once, however many ask at a time.

        One build runs at a time, of whatever net: two would spoil each other's measurements.
        stopped: asked while another builds; True ends the wait with EngineError.
        """
        if self._folder is None:
            return StoredPlan(key, build(), self.problem)
        try:
            with _locked(self._folder.path / "build.lock", stopped):
                return self._find_or_build(self._folder, key, build)
        except SealError as error:
            return _unkept(key, build(), error)

    def forget(self, key: EngineKey) -> None:
        """Drop what is kept under `key`, so that it is built anew."""
        if self._folder is not None:
            (self._folder.path / key.file).unlink(missing_ok=True)

    def timing(self, key: EngineKey) -> bytes:
        """TensorRT's measurements from earlier builds on this card; empty when there are none."""
        if self._folder is None:
            return b""
        try:
            return self._folder.read(_timing_file(key))[1]
        except SealError as error:
            logger.debug("no timing cache: %s", error)
            return b""

    def keep_timing(self, key: EngineKey, data: bytes) -> None:
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
            logger.warning("building a TensorRT engine anew: %s", error)
        data = build()
        try:
            folder.write(key.file, key.facts(), data)
        except SealError as error:
            return _unkept(key, data, error)
        return StoredPlan(key, data)


def _unkept(key: EngineKey, data: bytes, error: SealError) -> StoredPlan:
    note = f"the engine is not kept, the next start builds it again: {error}"
    logger.warning("%s", note)
    return StoredPlan(key, data, note)


def default_folder() -> Path:
    """Raises SealError without the library that knows where caches go."""
    try:
        import platformdirs
    except ImportError as error:
        raise SealError(f"no cache folder ({error}); pip install 'reenact[tensorrt]'") from error
    return platformdirs.user_cache_path("reenact", appauthor=False) / "engines"


@contextmanager
def _locked(path: Path, stopped: Callable[[], bool]) -> Iterator[None]:
    try:
        from filelock import FileLock, Timeout
    except ImportError as error:
        raise SealError(f"no filelock ({error}); pip install 'reenact[tensorrt]'") from error
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
