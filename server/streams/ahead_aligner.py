"""A stream's aligner, asked for a frame before its turn: on another thread than the nets."""

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from reenact.stages import Aligner
from reenact.types import FaceCrop, Frame
from server.streams.laps import Laps


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """What an aligner said of a frame, in so many seconds; `error` in place of an answer."""

    face: FaceCrop | None
    error: Exception | None
    seconds: float


class AheadAligner:
    """An `Aligner`; all but `look` and `close` belong to one thread."""

    def __init__(self, aligner: Aligner, laps: Laps) -> None:
        """aligner: closed with this. laps: told how long looking took, in the frame's turn."""
        self._aligner, self._laps = aligner, laps
        self._lock = threading.Lock()
        self.next: Look | None = None
        """The answer for the frame that is aligned next; found on the spot when None."""

    def look(self, frame: Frame) -> Look:
        """Align `frame` now; frames come in order. Never raises."""
        start = time.perf_counter()
        face, failure = None, None
        try:
            with self._lock:
                face = self._aligner.align(frame)
        except Exception as error:  # noqa: BLE001 - raised in the frame's turn
            failure = error
        return Look(face, failure, time.perf_counter() - start)

    def align(self, frame: Frame) -> FaceCrop | None:
        look, self.next = self.next or self.look(frame), None
        self._laps.seconds["align"] = look.seconds
        if look.error is not None:
            raise look.error
        return look.face

    def state(self) -> dict[str, Any]:
        with self._lock:
            return self._aligner.state()

    def restore(self, state: Mapping[str, Any]) -> None:
        with self._lock:
            self._aligner.restore(dict(state))

    def close(self) -> None:
        with self._lock:
            self._aligner.close()
