"""`reenact convert`: a file of a driver becomes a file of the portrait."""

import argparse
from typing import TYPE_CHECKING

from reenact.cli.options import (
    add_force_option,
    add_stream_options,
    choose_identity,
    choose_pack,
    open_reenactor,
    path,
    read_neutral_face,
)
from reenact.cli.terminal import note, say_done

if TYPE_CHECKING:
    from reenact.convert.options import OpenPipeline
    from reenact.pipeline import Pipeline
    from reenact.reenactor import Reenactor
    from reenact.types import Identity


def add_options(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("source", type=path, help="a video, a picture, or a folder of pictures to convert")
    add("target", type=path, help="the file to write: .mp4, .mov, .mkv, a picture, or a folder")
    add(
        "--layout",
        choices=("crop", "side-by-side"),
        default="crop",
        help="crop writes the portrait alone, side-by-side the input beside it",
    )
    add(
        "--quality",
        type=int,
        default=18,
        metavar="0..51",
        help="H.264 CRF, 0 (lossless) to 51 (worst)",
    )
    add(
        "--sound",
        choices=("copy", "none"),
        default="copy",
        help="copy keeps the sound of a video as it is, none leaves it out",
    )
    add("--preview", type=path, metavar="FILE", help="write a contact sheet of input and output")
    add(
        "--progress",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="draw a progress bar",
    )
    add_force_option(parser)
    add_stream_options(parser)


def convert(options: argparse.Namespace) -> int:
    """Turn a video, a picture or a folder of pictures into the avatar doing the same."""
    from reenact.convert.options import ConvertOptions
    from reenact.convert.run import run_convert

    pack = choose_pack(options.pack)
    identity = choose_identity(pack, options.identity)
    reenactor = open_reenactor(pack, options.device)
    wishes = ConvertOptions(
        source=options.source,
        target=options.target,
        layout=options.layout,
        quality=options.quality,
        sound=options.sound,
        preview=options.preview,
        force=options.force,
        progress=options.progress,
        fingerprint=_make_fingerprint(options, reenactor, identity),
    )
    report = run_convert(wishes, _stream_opener(options, reenactor, identity), note=note)
    for text in report.notes:
        note(text)
    say_done(
        f"{report.target}: {report.frames} frames, {report.faces} with a face, "
        f"{report.rate:.1f} frames/s"
    )
    if options.preview:
        say_done(f"contact sheet: {options.preview}")
    return 0


def _make_fingerprint(
    options: argparse.Namespace, reenactor: "Reenactor", identity: "Identity"
) -> dict[str, str]:
    """Everything that the pictures depend on: a killed conversion resumes only with the same."""
    from engines.onnx_file import sha256_of

    return {
        "pack": sha256_of(reenactor.pack.path / "pack.json"),
        "identity": reenactor.pack.cards[identity.name].latent.sha256,
        "device": reenactor.device,
        "landmarker": sha256_of(options.landmarker) if options.landmarker else "",
        "neutral": sha256_of(options.neutral) if options.neutral else "",
        "reader": repr((options.relative, sorted(dict(options.gain).items()))),
    }


def _stream_opener(
    options: argparse.Namespace, reenactor: "Reenactor", identity: "Identity"
) -> "OpenPipeline":
    from reenact.driving import Driving
    from reenact.pipeline import open_pipeline

    landmarker, neutral = options.landmarker, read_neutral_face(options, reenactor.pack)
    driving = Driving(identity, gains=dict(options.gain), relative=options.relative)

    def open_stream(still: bool) -> "Pipeline":
        return open_pipeline(
            reenactor, driving, landmarker=landmarker, neutral=neutral, still=still
        )

    return open_stream
