"""The conversion of still pictures, one or a folder of them, each independent of the others."""

from collections.abc import Sequence
from contextlib import closing
from fractions import Fraction

from tqdm import tqdm

from reenact.convert.options import ConvertOptions, ConvertReport, OpenPipeline, lay_out
from reenact.errors import NoFaceError
from reenact.media.files import translate_os_errors, whole_folder
from reenact.media.pictures import list_pictures, read_picture, write_picture
from reenact.media.preview import moments, sheet, thumbnail
from reenact.types import Frame, Image


def convert_picture(options: ConvertOptions, open_pipeline: OpenPipeline) -> ConvertReport:
    """Convert a single picture as `reenact.convert.run.run_convert` says."""
    driver = read_picture(options.source)
    with closing(open_pipeline(True)) as pipeline:
        picture = pipeline(Frame(driver, 0, Fraction(1))).image
        if pipeline.status != "tracked":
            raise NoFaceError(f"{options.source} shows no face: give a picture that does")
    with translate_os_errors(options.target):
        write_picture(options.target, lay_out(options.layout, driver, picture))
    _write_preview(options, [(driver, picture)])
    return ConvertReport(options.target, frames=1, faces=1, resumed_at=0, seconds=0.0)


def convert_folder(options: ConvertOptions, open_pipeline: OpenPipeline) -> ConvertReport:
    """Convert every picture of a folder, under its own name, as `reenact.convert.run` says.

    One without a face becomes the pipeline's idle picture, and is named in the report's notes.
    """
    sources = list_pictures(options.source)
    chosen, shown, faceless = moments(len(sources)), [], []
    with (
        closing(open_pipeline(True)) as pipeline,
        translate_os_errors(options.target),
        whole_folder(options.target, merge=True) as fresh,
    ):
        beginning = pipeline.state()
        bar = tqdm(sources, unit="picture", disable=not options.progress)
        for index, source in enumerate(bar):
            driver = read_picture(source)
            pipeline.restore(beginning)
            picture = pipeline(Frame(driver, index, Fraction(1))).image
            if pipeline.status != "tracked":
                faceless.append(source.name)
            if index in chosen:
                shown.append((thumbnail(driver), thumbnail(picture)))
            write_picture(fresh / source.name, lay_out(options.layout, driver, picture))
        if len(faceless) == len(sources):
            raise NoFaceError(f"no picture in {options.source} shows a face: give one that does")
    _write_preview(options, shown)
    notes = (f"no face, so the idle picture: {', '.join(faceless)}",) if faceless else ()
    faces = len(sources) - len(faceless)
    return ConvertReport(options.target, len(sources), faces, 0, seconds=0.0, notes=notes)


def _write_preview(options: ConvertOptions, shown: Sequence[tuple[Image, Image]]) -> None:
    if options.preview is not None:
        with translate_os_errors(options.preview):
            write_picture(options.preview, sheet(list(zip(*shown, strict=True))))
