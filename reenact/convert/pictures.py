"""The conversion of a still picture."""

from collections.abc import Sequence
from contextlib import closing
from fractions import Fraction

from reenact.convert.options import (
    ConvertOptions,
    ConvertReport,
    OpenPipeline,
    lay_out,
    refuse_existing,
)
from reenact.errors import NoFaceError
from reenact.media.claimed_folder import claim_folder
from reenact.media.files import translate_os_errors
from reenact.media.pictures import holds_film, read_picture, write_picture
from reenact.media.preview import sheet
from reenact.types import Frame, Image


def convert_picture(options: ConvertOptions, open_pipeline: OpenPipeline) -> ConvertReport:
    """Convert a single picture as `reenact.convert.run.run_convert` says."""
    with claim_folder(options.target, "claim"):
        refuse_existing(options.target, force=options.force)
        driver = read_picture(options.source)
        with closing(open_pipeline(True)) as pipeline:
            picture = pipeline(Frame(driver, 0, Fraction(1))).image
            if pipeline.status != "tracked":
                raise NoFaceError(f"{options.source} shows no face: give a picture that does")
        with translate_os_errors(options.target):
            write_picture(options.target, lay_out(options.layout, driver, picture))
        write_preview(options, [(driver, picture)])
    notes = (f"only the first picture of {options.source} is taken",)
    return ConvertReport(
        options.target,
        1,
        1,
        resumed_at=0,
        seconds=0.0,
        notes=notes if holds_film(options.source) else (),
    )


def write_preview(options: ConvertOptions, shown: Sequence[tuple[Image, Image]]) -> None:
    """Write the contact sheet of pairs of driver and output, where one is wanted."""
    if options.preview is not None:
        with translate_os_errors(options.preview):
            write_picture(options.preview, sheet(list(zip(*shown, strict=True))))
