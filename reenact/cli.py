"""The `reenact` command: reads the command line, puts the parts together, prints what came out.

Old Pythons must get as far as the line that turns them away: so this file keeps to the grammar of
3.6, imports at the top only what 3.6 has, and leaves the rest to the verb that needs it.
"""

import argparse
import logging
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if sys.version_info < (3, 11):  # noqa: UP036
    found = ".".join(map(str, sys.version_info[:3]))
    sys.exit("reenact: needs Python 3.11 or newer, this is " + found + "; run it with a newer one")

from reenact import __version__
from reenact import arguments as given
from reenact.verbs import Verb, add_verbs

if TYPE_CHECKING:
    from reenact.conversion import ConvertReport
    from reenact.packs import Pack
    from reenact.pipeline import Pipeline
    from reenact.types import Image

logger = logging.getLogger(__name__)

DONE, FAILED, INTERRUPTED = 0, 1, 130


def main(words: list[str] | None = None) -> int:
    """Run a command line; returns the exit status: 0 done, 1 failed. Misuse exits with 2."""
    from engines.base import EngineError
    from reenact.errors import ReenactError

    options = build_parser().parse_args(words)
    level = logging.DEBUG if options.verbose else logging.WARNING
    logging.basicConfig(level=level, format="reenact: %(message)s", stream=sys.stderr)
    try:
        return int(options.verb.run(options))
    except (ReenactError, EngineError, ValueError, OSError) as error:
        logger.debug("this is where it failed", exc_info=True)
        return _fail(_sentence(error))
    except ModuleNotFoundError as error:
        if not options.verb.extra:
            raise
        extra = options.verb.extra
        return _fail(f"{options.verb.words} needs {error.name}: pip install 'reenact[{extra}]'")
    except KeyboardInterrupt:
        _note("stopped")
        return INTERRUPTED


def build_parser() -> argparse.ArgumentParser:
    """The command line of all `VERBS`."""
    parser = argparse.ArgumentParser(
        prog="reenact", description="A person in a video drives a synthetic portrait."
    )
    parser.add_argument("--version", action="version", version=f"reenact {__version__}")
    parser.add_argument("--verbose", action="store_true", help="say more, with tracebacks")
    add_verbs(parser, VERBS, GROUPS)
    return parser


def convert(options: argparse.Namespace) -> int:
    from reenact.conversion import ConvertOptions
    from reenact.convert import run_convert
    from reenact.identity import load_identity
    from reenact.neutral import read_neutral
    from reenact.packs import load_pack, sha256_of
    from reenact.pipeline import open_pipeline
    from reenact.reenactor import Reenactor

    pack, gains = load_pack(options.pack), dict(options.gain)
    identity = load_identity(pack, _chosen(options, pack))
    reenactor = Reenactor(pack, device=options.device)
    neutral = options.neutral and read_neutral(options.neutral, landmarker=options.landmarker)

    def open_stream(*, still: bool) -> "Pipeline":
        return open_pipeline(
            reenactor, identity, landmarker=options.landmarker,
            neutral=neutral, gains=gains, still=still,
        )  # fmt: skip

    depends_on = {
        "pack": sha256_of(pack.path / "pack.json"),
        "identity": identity.name,
        "device": reenactor.device,
        "landmarker": sha256_of(options.landmarker) if options.landmarker else "",
        "reader": repr((neutral, sorted(gains.items()))),
    }
    names = ("source", "target", "layout", "quality", "preview", "force", "progress")
    plan = ConvertOptions(
        **{name: getattr(options, name) for name in names}, fingerprint=depends_on
    )
    report = run_convert(plan, open_stream, note=_note)
    _print_report(report, options.preview)
    return DONE


def list_identities(options: argparse.Namespace) -> int:
    from reenact.identity import description, gallery
    from reenact.packs import load_pack
    from reenact.reenactor import Reenactor

    pack = load_pack(options.pack)
    for name in pack.identities:
        print(f"{name:<12}{description(pack, name)}".rstrip())
    if options.picture:
        _write(options, gallery(Reenactor(pack, device=options.device)))
    return DONE


def show_identity(options: argparse.Namespace) -> int:
    from reenact.identity import description, load_identity, portrait
    from reenact.packs import load_pack
    from reenact.reenactor import Reenactor

    pack = load_pack(options.pack)
    identity = load_identity(pack, options.name)
    about = f"{identity.name}, of pack {pack.name} ({pack.licence})"
    print(*filter(None, [about, description(pack, identity.name), pack.attribution]), sep="\n")
    if options.picture:
        _write(options, portrait(Reenactor(pack, device=options.device), identity))
    return DONE


def bench(options: argparse.Namespace) -> int:
    from reenact.bench import run_bench
    from reenact.identity import load_identity
    from reenact.packs import load_pack
    from reenact.reenactor import Reenactor

    pack = load_pack(options.pack)
    report = run_bench(
        Reenactor(pack, device=options.device),
        load_identity(pack, _chosen(options, pack)),
        frames=options.frames, landmarker=options.landmarker,
        **({"clip": options.clip} if options.clip else {}),
    )  # fmt: skip
    print(report.to_json() if options.json else report.table())
    return DONE


def doctor(options: argparse.Namespace) -> int:
    from reenact.doctor import run_doctor

    report = run_doctor(pack=options.pack, device=options.device, landmarker=options.landmarker)
    print(report.to_json() if options.json else report.table())
    return DONE if report.ok else FAILED


def train_avatars(options: argparse.Namespace) -> int:
    from reenact.train.avatars import Budget, train
    from reenact.train.recipe import AVATAR_256

    budget = Budget(minutes=options.minutes, pictures=options.pictures)
    lines = train(
        AVATAR_256, options.folder, budget, device=options.device, renderers=options.renderers
    )
    for line in lines:
        print(line, flush=True)
    return DONE


def evaluate_avatars(options: argparse.Namespace) -> int:
    from reenact.evaluate import avatars
    from reenact.packs import load_pack
    from reenact.reenactor import Reenactor

    reenactor = Reenactor(load_pack(options.pack), device=options.device)
    scores = avatars.evaluate_avatars(
        reenactor, samples=options.samples, seed=options.seed, identities=options.only
    )
    print(scores.to_json() if options.json else scores.table())
    return DONE


def draw_avatars(options: argparse.Namespace) -> int:
    from reenact.avatars.cast import CAST, person_named
    from reenact.avatars.contact_sheet import contact_sheet

    people = [person_named(name) for name in options.only] or CAST
    contact_sheet(people, _unused(options), options.size)
    print(options.picture)
    return DONE


def _chosen(options: argparse.Namespace, pack: "Pack") -> str:
    """The identity asked for; the pack's first otherwise ("" in a pack without any)."""
    return str(options.identity or next(iter(pack.identities), ""))


def _print_report(report: "ConvertReport", preview: Path | None) -> None:
    for note in report.notes:
        _note(note)
    print(
        f"{report.target}: {report.frames} frames, a face in {report.faces}, "
        f"{report.rate:.1f} frames/s"
    )
    if preview:
        print(f"contact sheet: {preview}")


def _write(options: argparse.Namespace, picture: "Image") -> None:
    from reenact.pictures import write_picture

    write_picture(_unused(options), picture)
    print(options.picture)


def _unused(options: argparse.Namespace) -> Path:
    """Where to write the picture; raises MediaError when something is there."""
    from reenact.errors import MediaError

    if options.picture.exists() and not options.force:
        raise MediaError(f"{options.picture} exists already: name another, or add --force")
    return Path(options.picture)


def _sentence(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror and error.filename:
        return f"{error.filename}: {error.strerror}"
    return str(error) or type(error).__name__


def _fail(text: str) -> int:
    _note(text)
    return FAILED


def _note(text: str) -> None:
    print(f"reenact: {text}", file=sys.stderr)


GROUPS = {
    "identity": "who can be shown",
    "train": "make weights",
    "evaluate": "measure how good weights are",
    "avatars": "the drawn people that the bundled pack is trained on",
}
"""Words that stand before a verb."""

NETS = (given.pack, given.device)
FACES = (*NETS, given.landmarker)

VERBS = (
    Verb(
        "convert",
        "turn a video, a picture or a folder of pictures into the avatar doing the same",
        (given.conversion, given.identity, *FACES),
        convert,
    ),
    Verb(
        "identity list",
        "name everyone in the pack; with --picture, draw them",
        (given.picture, *NETS),
        list_identities,
    ),
    Verb(
        "identity show",
        "describe one identity; with --picture, draw it with some expressions",
        (given.argument("name"), given.picture, *NETS),
        show_identity,
    ),
    Verb(
        "doctor",
        "check that this machine can convert, and on what it would run",
        (*FACES, given.as_json),
        doctor,
    ),
    Verb(
        "bench",
        "measure what a frame costs on this machine, stage by stage",
        (given.benchmark, given.identity, *FACES, given.as_json),
        bench,
    ),
    Verb(
        "train avatars",
        "train the net of the avatar pack on drawn people, or go on with it",
        (given.training,),
        train_avatars,
        extra="train",
    ),
    Verb(
        "evaluate avatars",
        "compare an avatar pack with the drawn people it was trained on",
        (given.evaluation, *NETS, given.as_json),
        evaluate_avatars,
        extra="train",
    ),
    Verb(
        "avatars sheet",
        "draw the people and their expressions, to look at",
        (given.sheet, given.force),
        draw_avatars,
        extra="train",
    ),
)
"""Everything that the command can do; a new verb is a function and an entry here."""
