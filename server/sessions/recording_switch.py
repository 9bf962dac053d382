"""Switch of a session's recording: on and off, one request after another."""

import asyncio
import logging

from reenact.errors import MediaError
from server.errors import RefusedError
from server.sessions.recorder import Recorder
from server.sessions.recordings import Recordings
from server.sessions.rooms import Room

logger = logging.getLogger(__name__)


class RecordingSwitch:
    """Belongs to the event loop; files are opened and finished on other threads."""

    def __init__(self, id: str, room: Room) -> None:
        """id: of the session. room: whose pictures and sound are recorded."""
        self._id, self._room = id, room
        self._turn = asyncio.Lock()
        self._recorder: Recorder | None = None
        self._told = self._closed = False

    @property
    def on(self) -> bool:
        """Whether a recording runs."""
        return self._recorder is not None and self._recorder.running

    async def start(self, recordings: Recordings, *, sound: bool) -> None:
        """Begin a recording. sound: whether there will be any. Raises RefusedError."""
        async with self._turn:
            if self._closed:
                raise RefusedError(404, "this session has ended")
            if self.on:
                raise RefusedError(409, "this session is already being recorded")
            await self._forget()
            self._told = False
            recorder = await asyncio.to_thread(Recorder, recordings, self._id, sound=sound)
            self._recorder = recorder
            self._room.subscribe(recorder.show, recorder.hear)

    async def stop(self) -> str | None:
        """Finish the recording, where there is one; what is missing from it, as a phrase.

        Raises RefusedError when nothing is kept of it.
        """
        async with self._turn:
            return await self._finish()

    async def close(self) -> None:
        """Finish the recording, and begin no other. Never raises."""
        async with self._turn:
            self._closed = True
            await self._forget()

    def take_ending(self) -> str | None:
        """Why the recording ended by itself, as a phrase, told once; None while it did not."""
        if self._recorder is None or self.on or self._told:
            return None
        self._told = True
        return self._recorder.note

    async def _forget(self) -> None:
        try:
            await self._finish()
        except RefusedError as error:
            logger.warning("a recording was lost: %s", error)

    async def _finish(self) -> str | None:
        recorder, self._recorder = self._recorder, None
        if recorder is None:
            return None
        self._room.unsubscribe(recorder.show, recorder.hear)
        try:
            await asyncio.to_thread(recorder.close)
        except MediaError as error:
            raise RefusedError(500, str(error)) from error
        return recorder.note
