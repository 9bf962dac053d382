"""A driver's pictures and sound, for all who watch."""

import time
from collections.abc import Callable
from typing import Any

from server.webrtc.yuv import Picture

Ear = Callable[[Any, float], None]
"""Told each sound frame and when it arrived, on the event loop."""


class Room:
    """One named place. `enter`, `leave`, `hear` belong to the event loop; `show` to any thread.

    shown_at: when the last picture came, by time.monotonic().
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.driver: str | None = None
        """Id of the session that drives it now."""
        self.delay_s = 0.0
        """How long pictures take at present; sound must wait as long."""
        self.shown_at = time.monotonic()
        self._last: Picture | None = None
        self._eyes: tuple[Callable[[Picture], None], ...] = ()
        self._ears: tuple[Ear, ...] = ()

    @property
    def empty(self) -> bool:
        return self.driver is None and not self._eyes and not self._ears

    def show(self, picture: Picture) -> None:
        self._last, self.shown_at = picture, time.monotonic()
        age = self.shown_at - picture.arrived
        self.delay_s += 0.1 * (min(age, 2.0) - self.delay_s)
        for eye in self._eyes:
            eye(picture)

    def hear(self, frame: Any, arrived: float) -> None:
        for ear in self._ears:
            ear(frame, arrived)

    def enter(self, eye: Callable[[Picture], None], ear: Ear | None = None) -> None:
        """Watch from now on, beginning with the last picture."""
        self._eyes = (*self._eyes, eye)
        if ear is not None:
            self._ears = (*self._ears, ear)
        if self._last is not None:
            eye(self._last)

    def leave(self, eye: Callable[[Picture], None], ear: Ear | None = None) -> None:
        self._eyes = tuple(other for other in self._eyes if other != eye)
        self._ears = tuple(other for other in self._ears if other != ear)


class Rooms:
    """Rooms by name; one exists as long as anybody is in it."""

    def __init__(self) -> None:
        self._rooms: dict[str, Room] = {}

    def get(self, name: str) -> Room | None:
        return self._rooms.get(name)

    def room(self, name: str) -> Room:
        """The room called so, made when there is none."""
        return self._rooms.setdefault(name, Room(name))

    def tidy(self, room: Room) -> None:
        """Forget `room` when nobody is left in it."""
        if room.empty and self._rooms.get(room.name) is room:
            del self._rooms[room.name]
