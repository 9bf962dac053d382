from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import pytest
from av.stream import Disposition

from tests.support.clips import write_clip
from tests.support.conversions import convert

ROLES = [Disposition.comment, Disposition.default, Disposition.hearing_impaired]
LANGUAGES = ["eng", "fra", "deu"]
TITLES = ["Regie", "Français", "mit Untertiteln"]
FILM_TAGS = {"title": "A film", "genre": "drama", "copyright": "nobody"}
PRIVATE_TAGS = {
    "location": "+48.8577+002.295/",
    "make": "Phone",
    "creation_time": "2024-05-06T07:08:09Z",
    "artist": "Ada",
}


def write_tagged(
    path: Path,
    *,
    tags: dict[str, str] = FILM_TAGS,
    languages: Sequence[str] = LANGUAGES,
) -> Path:
    """A film with three sound tracks, the second the default, and two chapters."""
    plain = write_clip(path.with_name("plain.mkv"), audio=["aac"] * 3, options={"bf": "0"})
    options = {"movflags": "use_metadata_tags"} if path.suffix in {".mp4", ".mov"} else {}
    with av.open(str(plain)) as given, av.open(str(path), "w", options=options) as file:
        streams: list[Any] = [file.add_stream_from_template(stream) for stream in given.streams]
        for stream, role, language, title in zip(
            streams[1:], ROLES, languages, TITLES, strict=True
        ):
            stream.disposition = role
            stream.metadata.update(language=language, title=title)
        file.metadata.update(tags)
        file.set_chapters([chapter(1, 0, 400, "one"), chapter(2, 400, 1000, "two")])
        for packet in given.demux():
            if packet.dts is not None:
                packet.stream = streams[packet.stream_index]
                file.mux_one(packet)
    plain.unlink()
    return path


def chapter(number: int, start: int, end: int, title: str) -> Any:
    return {
        "id": number,
        "start": start,
        "end": end,
        "time_base": Fraction(1, 1000),
        "metadata": {"title": title},
    }


def sound_tags(path: Path, key: str) -> list[str | None]:
    with av.open(str(path)) as file:
        return [stream.metadata.get(key) for stream in file.streams.audio]


def roles_in(path: Path) -> list[Disposition]:
    with av.open(str(path)) as file:
        return [stream.disposition for stream in file.streams.audio]


@pytest.fixture(scope="module", params=[".mp4", ".mkv"])
def tagged(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tagged(tmp_path_factory.mktemp("tagged") / f"in{request.param}")


@pytest.mark.parametrize(
    ("suffix", "languages"),
    [
        (".mp4", ["eng", "fra", "deu"]),
        (".mov", ["eng", "fra", "ger"]),
        (".mkv", ["eng", "fre", "ger"]),
    ],
)
def test_languages_and_titles_of_sound_travel(
    tagged: Path, suffix: str, languages: list[str], tmp_path: Path
) -> None:
    target = tmp_path / f"out{suffix}"

    convert(tagged, target)

    assert sound_tags(target, "language") == languages
    assert sound_tags(target, "title" if suffix == ".mkv" else "name") == TITLES


@pytest.mark.parametrize(
    ("suffix", "lost"),
    [(".mov", ["fil, pt-BR"]), (".mp4", ["pt-BR"]), (".mkv", [])],
)
def test_languages_that_the_target_has_no_code_for_are_named_once(
    suffix: str, lost: list[str], tmp_path: Path
) -> None:
    film = write_tagged(tmp_path / "in.mkv", languages=["fil", "eng", "pt-BR"])

    notes = convert(film, tmp_path / f"out{suffix}").notes

    said = [note for note in notes if "language" in note]
    code = f"{suffix} files have no code for a track's language: "
    assert said == [f"{code}{names}; .mkv files say every language" for names in lost]


@pytest.mark.parametrize("suffix", [".mp4", ".mov", ".mkv"])
def test_default_sound_stays_the_default(tagged: Path, suffix: str, tmp_path: Path) -> None:
    target = tmp_path / f"out{suffix}"

    convert(tagged, target)

    assert [bool(role & Disposition.default) for role in roles_in(target)] == [False, True, False]


@pytest.mark.parametrize("suffix", [".mp4", ".mkv"])
def test_roles_of_sound_travel(tagged: Path, suffix: str, tmp_path: Path) -> None:
    target = tmp_path / f"out{suffix}"

    convert(tagged, target)

    assert all(kept & role for kept, role in zip(roles_in(target), ROLES, strict=True))


def test_roles_that_mov_has_no_place_for_are_named(tagged: Path, tmp_path: Path) -> None:
    notes = convert(tagged, tmp_path / "out.mov").notes

    assert [note for note in notes if "comment" in note and "hearing impaired" in note]
    assert convert(tagged, tmp_path / "out.mkv").notes == ()


@pytest.mark.parametrize("suffix", [".mp4", ".mov", ".mkv"])
def test_chapters_travel(tagged: Path, suffix: str, tmp_path: Path) -> None:
    target = tmp_path / f"out{suffix}"

    convert(tagged, target)

    with av.open(str(target)) as file:
        chapters = [
            (each["start"] * each["time_base"], each["metadata"]["title"])
            for each in file.chapters()
            if each["time_base"] is not None
        ]
    assert chapters == [(0, "one"), (Fraction(2, 5), "two")]


@pytest.mark.parametrize("suffix", [".mp4", ".mov", ".mkv"])
def test_title_of_the_film_travels(tagged: Path, suffix: str, tmp_path: Path) -> None:
    target = tmp_path / f"out{suffix}"

    convert(tagged, target)

    with av.open(str(target)) as file:
        kept = {key.lower(): text for key, text in file.metadata.items()}
    assert kept["title"] == "A film"


@pytest.mark.parametrize("suffix", [".mp4", ".mov", ".mkv"])
def test_place_time_and_device_stay_behind_and_are_named(suffix: str, tmp_path: Path) -> None:
    source = write_tagged(tmp_path / "in.mp4", tags=FILM_TAGS | PRIVATE_TAGS)
    target = tmp_path / f"out{suffix}"

    report = convert(source, target)

    data = target.read_bytes()
    assert not [text for text in ("48.8577", "Phone", "Ada") if text.encode() in data]
    with av.open(str(target)) as file:
        assert not PRIVATE_TAGS.keys() & {key.lower() for key in file.metadata}
    assert [note for note in report.notes if "artist" in note and "location" in note]


def test_film_without_private_tags_has_no_note(tmp_path: Path) -> None:
    report = convert(write_clip(tmp_path / "in.mp4"), tmp_path / "out.mp4")

    assert report.notes == ()
