"""Rooms: one driver's pictures and sound, passed on to everybody who watches."""

import time
from collections.abc import Callable
from typing import Any, TypeAlias

from server.webrtc.yuv import Picture

OnPicture: TypeAlias = Callable[[Picture], None]
"""Called with each picture, on any thread."""

OnSound: TypeAlias = Callable[[Any, float], None]
"""Called with each frame of sound and when it arrived, on the event loop."""


class Room:
    """One driver and the subscribers of its pictures and sound.

    `subscribe`, `unsubscribe` and `hear` belong to the event loop; `show` to any thread.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.driver: str | None = None
        """Id of the session that drives it now."""
        self.delay_s = 0.0
        """Seconds that pictures take at present; sound must wait as long."""
        self.shown_at = time.monotonic()
        """When the last picture came, by time.monotonic()."""
        self._last: Picture | None = None
        self._on_picture: tuple[OnPicture, ...] = ()
        self._on_sound: tuple[OnSound, ...] = ()

    @property
    def empty(self) -> bool:
        return self.driver is None and not self._on_picture and not self._on_sound

    def show(self, picture: Picture) -> None:
        """Pass a picture on."""
        self._last, self.shown_at = picture, time.monotonic()
        age = self.shown_at - picture.arrived
        self.delay_s += 0.1 * (min(age, 2.0) - self.delay_s)
        for on_picture in self._on_picture:
            on_picture(picture)

    def hear(self, frame: Any, arrived: float) -> None:
        """Pass a frame of sound on."""
        for on_sound in self._on_sound:
            on_sound(frame, arrived)

    def subscribe(self, on_picture: OnPicture, on_sound: OnSound | None = None) -> None:
        """Watch from now on, beginning with the last picture."""
        self._on_picture = (*self._on_picture, on_picture)
        if on_sound is not None:
            self._on_sound = (*self._on_sound, on_sound)
        if self._last is not None:
            on_picture(self._last)

    def unsubscribe(self, on_picture: OnPicture, on_sound: OnSound | None = None) -> None:
        self._on_picture = tuple(other for other in self._on_picture if other != on_picture)
        self._on_sound = tuple(other for other in self._on_sound if other != on_sound)


class Rooms:
    """Rooms by name; one exists as long as it has a driver or subscribers."""

    def __init__(self) -> None:
        self._rooms: dict[str, Room] = {}

    def get(self, name: str) -> Room | None:
        return self._rooms.get(name)

    def room(self, name: str) -> Room:
        """The room called `name`, made when there is none."""
        return self._rooms.setdefault(name, Room(name))

    def tidy(self, room: Room) -> None:
        """Forget `room` when it is empty."""
        if room.empty and self._rooms.get(room.name) is room:
            del self._rooms[room.name]
