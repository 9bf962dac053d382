"""What all streams of the process share: the pack, its nets and people, the device's thread."""

import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import cv2

from reenact.errors import IdentityError
from reenact.face.align import FaceAligner
from reenact.identities.enrol import Enroller
from reenact.identities.identity import load_identity
from reenact.packs.pack import load_pack
from reenact.reenactor import Reenactor
from reenact.stages import Aligner
from reenact.types import Identity, Image, Latent
from server.settings import GAINS, StreamSettings
from server.streams.device_thread import DeviceThread
from server.streams.laps import Laps
from server.streams.performance import TRANSPORT_SIZE, Performance

MOST_MADE = 64
"""Random people at a time; each is a few ten kilobytes."""

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


class Runtime:
    """Opens performances. Its methods, but for `close`, run on the worker's thread.

    identities: names of those there are. default_settings: of a stream that asks for nothing.
    """

    def __init__(
        self,
        reenactor: TimedReenactor,
        worker: DeviceThread,
        *,
        aligner: Callable[[], Aligner] = FaceAligner,
        identity: Callable[[str], Identity] | None = None,
        enroller: Callable[[], Enroller] | None = None,
    ) -> None:
        """aligner, identity, enroller: how to make a stream's face finder, to load a person by
        name, and to open the nets that make people."""
        self.reenactor, self.worker = reenactor, worker
        self._aligner = aligner
        self._identity = identity or (lambda name: load_identity(reenactor.pack, name))
        self._enroller = enroller or (lambda: Enroller(reenactor.pack, device=reenactor.device))
        self._loaded: dict[str, Identity] = {}
        self._made: dict[str, Identity] = {}

    @property
    def pack(self) -> Any:
        return self.reenactor.pack

    @property
    def identities(self) -> tuple[str, ...]:
        """The pack's people, then those made here. Any thread."""
        return (*self.pack.identities, *self._made)

    @property
    def can_random(self) -> bool:
        """Whether the pack can make people."""
        return self.pack.enrolment is not None and {"identity", "mapping"} <= set(self.pack.graphs)

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
        if name in self._made:
            return self._made[name]
        if name not in self._loaded:
            self._loaded[name] = self._identity(name)
        return self._loaded[name]

    def at_rest(self, name: str) -> Image:
        """Somebody with a resting face, (size, size, 3). Raises IdentityError, EngineError."""
        reenactor = self.reenactor
        rest = reenactor.neutral
        motion = reenactor.read_motion(rest) if self.pack.reads == "expression" else rest
        return reenactor.render(self.identity(name), motion)

    def make_random(self, seed: int) -> str:
        """The name of somebody who does not exist, the same for the same seed; kept as long as the
        process lives.

        Raises PackError where the pack cannot make people, IdentityError when there are too many,
        EngineError.
        """
        name = f"random-{seed}"
        if name in self.identities:
            return name
        if len(self._made) >= MOST_MADE:
            raise IdentityError(f"{MOST_MADE} random people are here already; choose one of them")
        with self._enroller() as enroller:
            enrolled = enroller.enrol_random(name, seed)
        self._made = {**self._made, name: enrolled.identity}
        return name

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


def open_runtime(pack: Path | None = None, *, device: str = "auto") -> Runtime:
    """Load `pack` (the bundled one when None) on a thread of its own, and warm it up.

    Raises PackError, EngineError, TrackerError.
    """
    tune_process()
    loaded = load_pack(pack)
    worker = DeviceThread("device")
    try:
        reenactor = worker.call(lambda: TimedReenactor(loaded, device=device)).result()
        studio = Runtime(reenactor, worker)
        worker.call(studio.warm_up).result()
    except BaseException:
        worker.close()
        raise
    return studio


def tune_process() -> None:
    """Settings of the whole process that keep delays short; the one place where they are made."""
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    cv2.setNumThreads(1)  # its pool gains nothing on small pictures, and fights the nets for cores
