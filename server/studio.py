"""What all streams of the process share: the pack, its nets and people, the device's thread."""

import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import cv2

from reenact.align import FaceAligner
from reenact.identity import load_identity
from reenact.packs import load_pack
from reenact.pipeline import Aligner
from reenact.reenactor import Reenactor
from reenact.types import Identity, Image, Latent
from server.laps import Laps
from server.performance import TRANSPORT_SIZE, Performance
from server.settings import GAINS, StreamSettings
from server.worker import Worker

__all__ = ["TRANSPORT_SIZE", "Studio", "TimedReenactor", "open_studio", "tune_process"]

SWITCH_INTERVAL_S = 0.0005
"""How long a Python thread may hold the interpreter while another waits: Python's own 5 ms would
make every packet wait for the frame in work."""


class TimedReenactor(Reenactor):
    """Notes how long its nets take. laps: of the frame in work."""

    laps: Laps | None = None

    def read_motion(self, source: Any) -> Latent:
        if self.laps is None:
            return super().read_motion(source)
        with self.laps.time("motion"):
            return super().read_motion(source)

    def render(self, identity: Identity, motion: Latent) -> Image:
        if self.laps is None:
            return super().render(identity, motion)
        with self.laps.time("synthesis"):
            return super().render(identity, motion)


class Studio:
    """Opens performances. Its methods, but for `close`, run on the worker's thread.

    identities: names of those there are. default_settings: of a stream that asks for nothing.
    """

    def __init__(
        self,
        reenactor: TimedReenactor,
        worker: Worker,
        *,
        aligner: Callable[[], Aligner] = FaceAligner,
        identity: Callable[[str], Identity] | None = None,
    ) -> None:
        """aligner, identity: how to make a stream's face finder, and to load a person by name."""
        self.reenactor, self.worker = reenactor, worker
        self._aligner = aligner
        self._identity = identity or (lambda name: load_identity(reenactor.pack, name))
        self._loaded: dict[str, Identity] = {}

    @property
    def pack(self) -> Any:
        return self.reenactor.pack

    @property
    def identities(self) -> tuple[str, ...]:
        return tuple(self.pack.identities)

    @property
    def device(self) -> str:
        return self.reenactor.device

    @property
    def knobs(self) -> tuple[str, ...]:
        """Gains that mean something to the pack."""
        return tuple(GAINS) if self.pack.reads == "expression" else ()

    @property
    def default_settings(self) -> StreamSettings:
        return StreamSettings(identity=self.identities[0])

    def identity(self, name: str) -> Identity:
        """Loaded once. Raises IdentityError."""
        if name not in self._loaded:
            self._loaded[name] = self._identity(name)
        return self._loaded[name]

    def open(self, settings: StreamSettings, state: Mapping[str, Any] | None = None) -> Performance:
        """A new stream's performance, going on from `state` where there is one.

        Raises EngineError, TrackerError, IdentityError.
        """
        return Performance(self, settings, aligner=self._aligner(), state=state)

    def warm_up(self) -> None:
        """Make a picture of the first person, so that the first client does not wait for it."""
        with self.open(self.default_settings) as performance:
            assert performance.picture.shape == (TRANSPORT_SIZE, TRANSPORT_SIZE, 3)

    def close(self) -> None:
        """Free the nets and end the thread; twice is harmless. From any other thread."""
        if not self.worker.closed:
            self.worker.call(self.reenactor.close)
        self.worker.close()


def open_studio(pack: Path | None = None, *, device: str = "auto") -> Studio:
    """Load `pack` (the bundled one when None) on a thread of its own, and warm it up.

    Raises PackError, EngineError, TrackerError.
    """
    tune_process()
    loaded = load_pack(pack)
    worker = Worker("device")
    try:
        reenactor = worker.call(lambda: TimedReenactor(loaded, device=device)).result()
        studio = Studio(reenactor, worker)
        worker.call(studio.warm_up).result()
    except BaseException:
        worker.close()
        raise
    return studio


def tune_process() -> None:
    """Settings of the whole process that keep delays short; the one place where they are made."""
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    cv2.setNumThreads(1)  # its pool gains nothing on small pictures, and fights the nets for cores
