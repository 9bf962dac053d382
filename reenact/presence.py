"""Presence of the driver: live while a face is seen, then held, eased to neutral, idle.

It knows motion values, no pictures.
"""

from dataclasses import dataclass, replace
from typing import Any, Literal, TypeAlias

import numpy as np
import numpy.typing as npt

Status: TypeAlias = Literal["tracked", "held", "easing", "idle"]

Values: TypeAlias = npt.NDArray[np.float32]

HOLD_S = 0.5
"""Seconds that a lost face stays as it was: most losses are a hand or a fast turn."""

EASE_S = 0.7
"""Seconds from there to neutral: slow enough for no jump to be seen, soon enough to be natural."""

BLEND_S = 0.15
"""Seconds until a found face is followed fully. It starts with weight 0, so that a face seen by
mistake in a single frame does not show."""


@dataclass(frozen=True, slots=True, eq=False)
class Presence:
    """One moment of the face-loss machine; `after` gives the next one.

    Times are seconds of the stream.
    """

    neutral: Values
    """Motion values of the neutral face."""
    shown: Values
    """Motion values to show now."""
    start: Values
    """Motion values from which the present transition began."""
    since: float = 0.0
    """When it began."""
    last_seen: float | None = None
    """When a face was last seen; None before the first."""
    status: Status = "idle"
    """The state: tracked, held, easing or idle."""

    @classmethod
    def of(cls, neutral: Values) -> "Presence":
        """Before the first face: idle."""
        return cls(neutral=neutral, shown=neutral, start=neutral)

    def after(self, live: Values | None, time: float) -> "Presence":
        """The next moment: `live` is what the face does at `time`, None without a face."""
        return self._lost(time) if live is None else self._seen(live, time)

    def state(self) -> dict[str, Any]:
        """Everything but `neutral`, fit for JSON, exactly."""
        return {
            "shown": self.shown.tolist(),
            "start": self.start.tolist(),
            "since": self.since,
            "last_seen": self.last_seen,
            "status": self.status,
        }

    def restore(self, state: dict[str, Any]) -> "Presence":
        """This machine in a moment that `state` returned."""
        return replace(
            self,
            shown=np.asarray(state["shown"], np.float32),
            start=np.asarray(state["start"], np.float32),
            since=state["since"],
            last_seen=state["last_seen"],
            status=state["status"],
        )

    def _seen(self, live: Values, time: float) -> "Presence":
        if self.last_seen is None:  # nothing has moved yet, so nothing can pop
            return replace(
                self, shown=live, start=live, since=time - BLEND_S, last_seen=time, status="tracked"
            )
        start, since = self.start, min(self.since, time)
        if self.status != "tracked":
            start, since = self.shown, time
        shown = _between(start, live, (time - since) / BLEND_S)
        return replace(
            self, shown=shown, start=start, since=since, last_seen=time, status="tracked"
        )

    def _lost(self, time: float) -> "Presence":
        if self.last_seen is None:
            return self
        last_seen = min(self.last_seen, time)
        easing_since = last_seen + HOLD_S
        if time < easing_since:
            return replace(self, start=self.shown, last_seen=last_seen, status="held")
        start = self.start if self.status in ("held", "easing", "idle") else self.shown
        progress = (time - easing_since) / EASE_S
        return replace(
            self,
            shown=_between(start, self.neutral, progress),
            start=start,
            last_seen=last_seen,
            status="easing" if progress < 1 else "idle",
        )


def _between(start: Values, end: Values, progress: float) -> Values:
    """Smoothstep from `start` to `end`; exactly `end` from progress 1 on."""
    if progress >= 1:
        return end
    weight = np.float32(max(progress, 0.0) ** 2 * (3 - 2 * max(progress, 0.0)))
    return (start + weight * (end - start)).astype(np.float32)
