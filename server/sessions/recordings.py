"""Where recordings are kept: one for each session, the last one, in a folder of the operator's."""

from pathlib import Path

from server.errors import RefusedError


class Recordings:
    """They stay there when their session ends."""

    def __init__(self, folder: Path | None) -> None:
        """folder: made when it is needed; None for a server that records nothing."""
        self._folder = folder

    def path(self, id: str) -> Path:
        """Where to write one of session `id`. Raises RefusedError where nothing is recorded."""
        if self._folder is None:
            raise RefusedError(
                409, "this server keeps no recordings; start it with a folder for them"
            )
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return self._folder / f"{id}.mp4"

    def finished(self, id: str) -> Path | None:
        """The recording of session `id`, when it is whole."""
        if self._folder is None:
            return None
        path = self._folder / f"{id}.mp4"
        return path if path.is_file() else None
