"""`reenact convert`: a file of a driver becomes a file of the portrait."""

import argparse
from typing import TYPE_CHECKING

from reenact.cli.command import chosen_identity, note

if TYPE_CHECKING:
    from reenact.pipeline import Pipeline


def convert(options: argparse.Namespace) -> int:
    """Turn a video, a picture or a folder of pictures into the avatar doing the same."""
    from reenact.convert.options import ConvertOptions
    from reenact.convert.run import run_convert
    from reenact.face.stills import read_neutral
    from reenact.packs.pack_file import sha256_of
    from reenact.pipeline import open_pipeline

    reenactor, identity = chosen_identity(options)
    landmarker, gains = options.landmarker, dict(options.gain)
    neutral = options.neutral and read_neutral(options.neutral, landmarker=landmarker)

    def open_stream(*, still: bool) -> "Pipeline":
        settings = {"landmarker": landmarker, "neutral": neutral, "gains": gains}
        relative = options.relative
        return open_pipeline(reenactor, identity, relative=relative, still=still, **settings)

    depends_on = {
        "pack": sha256_of(reenactor.pack.path / "pack.json"),
        "identity": reenactor.pack.cards[identity.name].latent.sha256,
        "device": reenactor.device,
        "landmarker": sha256_of(landmarker) if landmarker else "",
        "neutral": sha256_of(options.neutral) if options.neutral else "",
        "reader": repr((options.relative, sorted(gains.items()))),
    }
    names = ("source", "target", "layout", "quality", "preview", "force", "progress")
    wishes = {name: getattr(options, name) for name in names}
    report = run_convert(ConvertOptions(**wishes, fingerprint=depends_on), open_stream, note=note)
    for text in report.notes:
        note(text)
    print(f"{report.target}: {report.frames} frames, {report.faces} with a face, ", end="")
    print(f"{report.rate:.1f} frames/s")
    if options.preview:
        print(f"contact sheet: {options.preview}")
    return 0
