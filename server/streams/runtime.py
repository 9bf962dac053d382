"""Loaded models of the process, shared by all streams: the pack, its nets and its people."""

import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import cv2

from reenact.driving import Driving
from reenact.errors import IdentityError
from reenact.face.align import FaceAligner
from reenact.identities.enrol import Enroller
from reenact.identities.identity import load_identity
from reenact.packs.pack import Pack, load_pack
from reenact.pipeline import Pipeline, render_neutral
from reenact.reenactor import Reenactor
from reenact.types import Identity, Image
from server.limits import Limits
from server.settings import GAINS, StreamSettings
from server.streams.device_thread import DeviceThread

MAX_RANDOM = Limits().random_people
"""Random identities kept at a time."""

SWITCH_INTERVAL_S = 0.0005
"""Seconds that a Python thread may hold the interpreter while another waits: Python's own 5 ms
would make every packet wait for the frame in work."""


class Runtime:
    """Opens pipelines. Its methods, but for `close`, run on the device thread."""

    def __init__(
        self,
        reenactor: Reenactor,
        device_thread: DeviceThread,
        *,
        aligner: Callable[[], FaceAligner] | None = None,
        identity: Callable[[str], Identity] | None = None,
        enroller: Callable[[], Enroller] | None = None,
    ) -> None:
        """aligner: makes a stream's face tracker. identity: loads a person by name. enroller:
        opens the nets that make people."""
        self.reenactor, self.device_thread = reenactor, device_thread
        self._aligner = aligner or (lambda: FaceAligner(as_dlib=reenactor.pack.as_dlib))
        self._identity = identity or (lambda name: load_identity(reenactor.pack, name))
        self._enroller = enroller or (lambda: Enroller(reenactor.pack, device=reenactor.device))
        self._loaded: dict[str, Identity] = {}
        self._made: dict[str, Identity] = {}

    @property
    def pack(self) -> Pack:
        return self.reenactor.pack

    @property
    def identities(self) -> tuple[str, ...]:
        """Names of the pack's people, then of those made here. Any thread."""
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
        return tuple(knob for knob, axes in GAINS.items() if set(axes) & set(self.pack.axes))

    @property
    def default_settings(self) -> StreamSettings:
        """Settings of a stream that asks for nothing."""
        return StreamSettings(identity=self.identities[0])

    def identity(self, name: str) -> Identity:
        """The person called `name`, loaded once. Raises IdentityError."""
        if name in self._made:
            return self._made[name]
        if name not in self._loaded:
            self._loaded[name] = self._identity(name)
        return self._loaded[name]

    def draw_neutral(self, name: str) -> Image:
        """Somebody with a neutral face, (size, size, 3). Raises IdentityError, EngineError."""
        return render_neutral(self.reenactor, self.identity(name))

    def make_random(self, seed: int) -> str:
        """The name of a person who does not exist, the same for the same seed; kept as long as the
        process lives.

        Raises PackError where the pack cannot make people, IdentityError when there are too many,
        EngineError.
        """
        name = f"random-{seed}"
        if name in self.identities:
            return name
        if len(self._made) >= MAX_RANDOM:
            raise IdentityError(f"{MAX_RANDOM} random faces are here already; choose one of them")
        with self._enroller() as enroller:
            enrolled = enroller.enrol_random(name, seed)
        self._made = {**self._made, name: enrolled.identity}
        return name

    def driving(self, settings: StreamSettings) -> Driving:
        """The pipeline's settings for a client's. Raises IdentityError."""
        return Driving(
            self.identity(settings.identity),
            gains=settings.axis_gains(self.pack.axes),
            relative=settings.alpha if settings.relative else None,
            smoothing=settings.smoothing,
        )

    def open(self, settings: StreamSettings, state: Mapping[str, Any] | None = None) -> Pipeline:
        """A new stream's pipeline, continuing from `state` of an earlier one where there is one.

        Raises EngineError, TrackerError, IdentityError.
        """
        driving, aligner = self.driving(settings), self._aligner()
        try:
            pipeline = Pipeline(self.reenactor, driving, aligner=aligner)
            if state is not None:
                pipeline.restore(dict(state))
        except BaseException:
            aligner.close()
            raise
        return pipeline

    def warm_up(self) -> None:
        """Make a picture of the first person, so that the first client does not wait for it."""
        self.open(self.default_settings).close()

    def close(self) -> None:
        """Free the nets and end the thread; twice is harmless. From any other thread."""
        if not self.device_thread.closed:
            self.device_thread.call(self.reenactor.close)
        self.device_thread.close()


def open_runtime(pack: Path | None = None, *, device: str = "auto") -> Runtime:
    """Load `pack` (the bundled one when None) on a thread of its own, and warm it up.

    Raises PackError, EngineError, TrackerError.
    """
    tune_process()
    loaded = load_pack(pack)
    device_thread = DeviceThread("device")
    try:
        reenactor = device_thread.call(lambda: Reenactor(loaded, device=device)).result()
        runtime = Runtime(reenactor, device_thread)
        device_thread.call(runtime.warm_up).result()
    except BaseException:
        device_thread.close()
        raise
    return runtime


def tune_process() -> None:
    """Settings of the whole process that keep delays short; the one place where they are made."""
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    cv2.setNumThreads(1)  # its pool gains nothing on small pictures, and fights the nets for cores
