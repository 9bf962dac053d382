import io
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from reenact.media.video_languages import holds_language, spell_language


def read_back(language: str, container_format: str) -> str | None:
    """The language that FFmpeg reads in a file in which it was told to write `language`."""
    file = io.BytesIO()
    with av.open(file, "w", format=container_format) as container:
        stream: Any = container.add_stream("pcm_s16le", rate=8000, layout="mono")
        stream.metadata["language"] = language
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 800), np.int16), layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = 8000, 0, Fraction(1, 8000)
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    file.seek(0)
    with av.open(file, "r") as made:
        return made.streams[0].metadata.get("language")


LANGUAGES = ["eng", "fra", "fre", "deu", "ger", "ces", "cze", "nld", "zho", "jpn", "swe", "hrv"]
SAME = [("fra", "fre"), ("deu", "ger"), ("ces", "cze"), ("swe", "sve"), ("hrv", "hr ")]


@pytest.mark.parametrize("container_format", ["mp4", "mov", "matroska"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_container_keeps_the_language(language: str, container_format: str) -> None:
    kept = read_back(spell_language(language, container_format), container_format)

    assert kept is not None
    assert spell_language(kept, "mp4") == spell_language(language, "mp4")


@pytest.mark.parametrize(("newer", "other"), SAME)
def test_other_codes_of_a_language_are_that_language(newer: str, other: str) -> None:
    assert spell_language(other, "mp4") == newer


def test_matroska_has_the_older_codes_and_mp4_the_newer(tmp_path: Path) -> None:
    assert spell_language("deu", "matroska") == "ger"
    assert spell_language("ger", "mp4") == "deu"


ODD = ["fil", "nob", "en", "ENG", "pt-BR", "x"]


@pytest.mark.parametrize("container_format", ["mp4", "mov", "matroska"])
@pytest.mark.parametrize("language", [*LANGUAGES, *ODD])
def test_lost_language_is_known_before(language: str, container_format: str) -> None:
    kept = read_back(spell_language(language, container_format), container_format)

    same = kept is not None and spell_language(kept, "mp4") == spell_language(language, "mp4")
    assert holds_language(language, container_format) == same
    assert same or container_format != "matroska"
