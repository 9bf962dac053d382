"""The conversion of a folder of pictures, each independent of the others."""

import itertools
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from fractions import Fraction
from pathlib import Path

from tqdm import tqdm

from reenact.convert.options import (
    ConvertOptions,
    ConvertReport,
    OpenPipeline,
    lay_out,
    refuse_existing,
)
from reenact.convert.pictures import write_preview
from reenact.errors import MediaError, NoFaceError
from reenact.media.claimed_folder import whole_folder
from reenact.media.files import translate_os_errors
from reenact.media.paths import fold_name
from reenact.media.pictures import (
    has_picture_name,
    holds_film,
    list_pictures,
    read_picture,
    write_picture,
)
from reenact.media.preview import moments, thumbnail
from reenact.pipeline import Pipeline
from reenact.types import Frame, Image


def convert_folder(options: ConvertOptions, open_pipeline: OpenPipeline) -> ConvertReport:
    """Convert every picture of a folder, under its own name, as `reenact.convert.run` says.

    One without a face becomes the pipeline's idle picture. The report's notes name those, what
    could not be read, what is no picture, and what had to change its name.
    """
    sources, others = list_pictures(options.source)
    with translate_os_errors(options.target), whole_folder(options.target) as fresh:
        refuse_existing(options.target, force=options.force)
        with closing(open_pipeline(True)) as pipeline:
            folder = _FolderConversion(options, pipeline, choose_names(sources))
            for source in tqdm(sources, unit="picture", disable=not options.progress):
                folder.convert(source, fresh)
            folder.refuse_if_empty()
    write_preview(options, folder.shown)
    notes = (*folder.notes(), *_list_names("left out, as no pictures", others))
    done = len(folder.converted)
    faces = done - len(folder.faceless)
    return ConvertReport(options.target, done, faces, 0, seconds=0.0, notes=notes)


class _FolderConversion:
    """The pictures of one folder, and what is to be told of them."""

    def __init__(
        self, options: ConvertOptions, pipeline: Pipeline, names: Mapping[Path, str]
    ) -> None:
        self.shown: list[tuple[Image, Image]] = []
        self.faceless: list[Path] = []
        self.converted: list[Path] = []
        self._options, self._pipeline, self._names = options, pipeline, names
        self._beginning = pipeline.state()
        self._moments, self._seen = moments(len(names)), 0
        self._unread: list[str] = []

    def convert(self, source: Path, target: Path) -> None:
        """Write one picture into the folder `target`, or keep in mind why there is none."""
        index, self._seen = self._seen, self._seen + 1
        try:
            driver = read_picture(source)
        except MediaError as error:
            self._unread.append(str(error))
            return
        self._pipeline.restore(self._beginning)
        picture = self._pipeline(Frame(driver, index, Fraction(1))).image
        if self._pipeline.status != "tracked":
            self.faceless.append(source)
        self._show(index, driver, picture)
        write_picture(target / self._names[source], lay_out(self._options.layout, driver, picture))
        self.converted.append(source)

    def _show(self, index: int, driver: Image, picture: Image) -> None:
        """Keep a picture for the contact sheet at each moment, or soon after it."""
        if not self._moments or index < self._moments[0]:
            return
        self._moments.pop(0)
        self.shown.append((thumbnail(driver), thumbnail(picture)))

    def refuse_if_empty(self) -> None:
        """Raise MediaError when nothing could be read, NoFaceError when nothing shows a face."""
        folder = self._options.source
        if not self.converted:
            raise MediaError(f"no picture in {folder} can be read: {self._unread[0]}")
        if len(self.faceless) == len(self.converted):
            raise NoFaceError(f"no picture in {folder} shows a face: give one that does")

    def notes(self) -> list[str]:
        renamed = {path.name: name for path, name in self._names.items() if path.name != name}
        return [
            *_list_names("no face, so the idle picture", self.faceless),
            *(f"left out: {sentence}" for sentence in self._unread),
            *_list_names("only the first picture is taken", filter(holds_film, self.converted)),
            *(f"{old} is written as {new}" for old, new in renamed.items()),
        ]


def choose_names(sources: Sequence[Path]) -> dict[Path, str]:
    """The name of each source's result: its own where it can be, PNG for others.

    No two are alike to any disk, and some disks take capitals and accents for the same however
    they are written: the later one gets a number.
    """
    names: dict[Path, str] = {}
    taken: set[str] = set()
    for source in sorted(sources, key=has_picture_name, reverse=True):
        suffix = source.suffix if has_picture_name(source) else ".png"
        numbered = (f"{source.stem}-{number}{suffix}" for number in itertools.count(2))
        for name in itertools.chain([f"{source.stem}{suffix}"], numbered):
            if fold_name(name) not in taken:
                break
        taken.add(fold_name(name))
        names[source] = name
    return names


def _list_names(text: str, paths: Iterable[Path]) -> list[str]:
    names = ", ".join(path.name for path in paths)
    return [f"{text}: {names}"] if names else []
