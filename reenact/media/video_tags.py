"""Tags of a video that travel to the new file: languages, titles, roles of the tracks, chapters.

What says who, where, when or by which device a film was made does not travel: a person who hides
behind a portrait would not expect it in the file. It is named in a note instead.
"""

from collections.abc import Mapping
from fractions import Fraction
from typing import TYPE_CHECKING, cast

from av.container import InputContainer, OutputContainer
from av.stream import Disposition, Stream

from reenact.media.video_languages import holds_language, spell_language

if TYPE_CHECKING:
    from av.container.core import Chapter  # is in PyAV's annotations only

_OF_THE_FILM = frozenset(
    {
        "title",
        "description",
        "synopsis",
        "genre",
        "copyright",
        "album",
        "show",
        "season_number",
        "episode_id",
    }
)
_OF_THE_FILE = frozenset(
    {
        "major_brand",
        "minor_version",
        "compatible_brands",
        "encoder",
        "duration",
        "software",
        "handler_name",
        "vendor_id",
        "timecode",
    }
)
"""Tags that say how the old file was written, which says nothing about the new one."""

_UNKNOWN = "und"
"""The language of a track that names none."""

_NOT_A_ROLE = (
    Disposition.attached_pic
    | Disposition.timed_thumbnails
    | Disposition.still_image
    | Disposition.dependent
    | Disposition.multilayer
)


def copy_tags(
    source: InputContainer,
    container: OutputContainer,
    streams: Mapping[int, Stream],
    origin: Fraction,
) -> list[str]:
    """Give the new container, before its header is written, the tags of the source.

    streams: the new streams by the index of the source's. origin: seconds to take off the chapters.
    Returns sentences for the user about what stays behind.
    """
    container.metadata.update(
        {key: text for key, text in _lower(source.metadata).items() if key in _OF_THE_FILM}
    )
    moved = (_move_chapter(chapter, origin) for chapter in source.chapters())
    container.set_chapters([chapter for chapter in moved if chapter["end"] > chapter["start"]])
    for index, stream in streams.items():
        _copy_track_tags(source.streams[index], stream, container.format.name)
    return [
        *_note_private_tags(source),
        *_note_roles(container, streams),
        *_note_languages(source, container, streams),
    ]


def _note_private_tags(source: InputContainer) -> list[str]:
    kept = sorted(set(_lower(source.metadata)) - _OF_THE_FILM - _OF_THE_FILE)
    if not kept:
        return []
    return [f"tags that may tell who, where or when are left out: {', '.join(kept)}"]


def _note_roles(container: OutputContainer, streams: Mapping[int, Stream]) -> list[str]:
    roles = Disposition(0)
    for stream in streams.values():
        roles |= stream.disposition & ~Disposition.default
    if container.format.name != "mov" or not roles:
        return []
    names = ", ".join(str(role.name).replace("_", " ") for role in roles)
    return [f".mov files have no place for the role of a track: {names}"]


def _note_languages(
    source: InputContainer, container: OutputContainer, streams: Mapping[int, Stream]
) -> list[str]:
    name = container.format.name
    spoken = {_language_of(source.streams[index]) for index in streams} - {_UNKNOWN}
    lost = sorted(language for language in spoken if not holds_language(language, name))
    if not lost:
        return []
    return [
        f".{name} files have no code for a track's language: {', '.join(lost)}; "
        ".mkv files say every language"
    ]


def _copy_track_tags(given: Stream, stream: Stream, container_format: str) -> None:
    tags = _lower(given.metadata)
    language = _language_of(given)
    if language != _UNKNOWN:
        stream.metadata["language"] = spell_language(language, container_format)
    title = tags.get("title") or tags.get("name")  # the latter in mp4 and mov
    if title:
        stream.metadata["title"] = title
    stream.disposition = given.disposition & ~_NOT_A_ROLE


def _language_of(track: Stream) -> str:
    return _lower(track.metadata).get("language") or _UNKNOWN


def _move_chapter(chapter: "Chapter", origin: Fraction) -> "Chapter":
    """The chapter in the new film's time, with its title; empty where it lies before it."""
    shift = round(origin / cast(Fraction, chapter["time_base"]))
    title = chapter["metadata"].get("title")
    return {
        "id": chapter["id"],
        "start": max(chapter["start"] - shift, 0),
        "end": chapter["end"] - shift,
        "time_base": chapter["time_base"],
        "metadata": {} if title is None else {"title": title},
    }


def _lower(tags: dict[str, str]) -> dict[str, str]:
    """The tags by lower-case names: Matroska writes capitals."""
    return {key.lower(): text for key, text in tags.items()}
