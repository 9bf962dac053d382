"""The `reenact` command: reads the command line, puts the parts together, prints what came out.

Old Pythons must get as far as the line that turns them away: so this file keeps to the grammar of
3.6, imports at the top only what 3.6 has, and leaves the rest to the verb that needs it.
"""

import argparse
import logging
import sys
from typing import TYPE_CHECKING

if sys.version_info < (3, 11):  # noqa: UP036
    found = ".".join(map(str, sys.version_info[:3]))
    sys.exit("reenact: needs Python 3.11 or newer, this is " + found + "; run it with a newer one")

from reenact import __version__
from reenact.cli import arguments as given
from reenact.cli import convert as convert_verbs
from reenact.cli import identity as identity_verbs
from reenact.cli import maker_arguments as made
from reenact.cli import models as model_verbs
from reenact.cli import webcam as webcam_verbs
from reenact.cli.bench_arguments import benchmark
from reenact.cli.command import (
    chosen_identity,
    chosen_pack,
    chosen_reenactor,
    note,
    refuse_to_overwrite,
)
from reenact.cli.serve_arguments import service
from reenact.cli.verbs import Verb, add_verbs

if TYPE_CHECKING:
    from reenact.identities.enrol import Refine
    from reenact.packs.pack import Pack

logger = logging.getLogger(__name__)

DONE, FAILED, INTERRUPTED = 0, 1, 130


def main(words: list[str] | None = None) -> int:
    """Run a command line; returns the exit status: 0 done, 1 failed. Misuse exits with 2."""
    from engines.base import EngineError
    from reenact.errors import ReenactError

    options = build_parser().parse_args(words)
    verb: Verb = options.verb
    level = logging.DEBUG if options.verbose else logging.WARNING
    logging.basicConfig(level=level, format="reenact: %(message)s", stream=sys.stderr)
    try:
        return verb.run(options)
    except (ReenactError, EngineError, ValueError, OSError) as error:
        logger.debug("this is where it failed", exc_info=True)
        note(_sentence(error))
    except ModuleNotFoundError as error:
        if not verb.extra:
            raise
        note(f"this needs {error.name}: pip install 'reenact[{verb.extra}]'")
    except KeyboardInterrupt:
        note("stopped")
        return INTERRUPTED
    return FAILED


def build_parser() -> argparse.ArgumentParser:
    """The command line of all `VERBS`."""
    parser = argparse.ArgumentParser(
        prog="reenact", description="A person in a video drives a synthetic portrait."
    )
    parser.add_argument("--version", action="version", version=f"reenact {__version__}")
    parser.add_argument("--verbose", action="store_true", help="say more, with tracebacks")
    add_verbs(parser, VERBS, GROUPS)
    return parser


def add_identity(options: argparse.Namespace) -> int:
    """Make a person of one or more photographs, who must have agreed."""

    def refining(pack: "Pack") -> "Refine":
        from reenact.train.refine import refiner

        device = options.device if options.device in ("cpu", "cuda") else "auto"  # torch's names
        return refiner(pack, options.refine, device=device, note=note)

    return identity_verbs.add_identity(options, refining)


def list_models(options: argparse.Namespace) -> int:
    """Name the public weights that a photo-real pack is made of, and the packs that are here."""
    from reenact.checkpoints.catalogue import describe_catalogue

    print(describe_catalogue())
    print("\npacks on this machine")
    model_verbs.print_installed()
    return DONE


def import_models(options: argparse.Namespace) -> int:
    """Make a photo-real pack of downloaded weights; nothing in them is executed."""
    from export.import_pack import Import
    from reenact.packs.installed import packs_home
    from reenact.packs.manifest import take_name

    home = packs_home()
    home.mkdir(parents=True, exist_ok=True)
    folder, record = home / take_name(options.name), home / "imported-hashes.json"
    wishes = {"kind": options.kind, "accept_new": options.accept_new}
    run = Import(options.files, folder, record, **wishes)
    model_verbs.follow(run.steps())
    for text in run.notes:
        note(text)
    print(folder)
    note(f"not for commercial use; next: reenact identity add NAME PHOTO --pack {folder.name}")
    return DONE


def bench(options: argparse.Namespace) -> int:
    """Measure what a frame costs on this machine, stage by stage, or one net on many backends."""
    from reenact.bench import run_bench
    from reenact.packs.bundled import DRIVER
    from reenact.stopwatch import read_medians

    before = options.against and read_medians(options.against)
    if options.graph:
        from export.bench_graphs import run_bench_graphs

        graphs = run_bench_graphs(
            options.graph,
            pack=None if options.random_weights else chosen_pack(options),
            sizes=options.sizes,
            on=options.on,
            batches=options.batches,
            rounds=options.rounds,
        )
        print(graphs.to_json() if options.json else graphs.table(before))
        return DONE
    reenactor, identity = chosen_identity(options)
    clip, landmarker = options.clip or DRIVER, options.landmarker
    report = run_bench(reenactor, identity, clip=clip, frames=options.frames, landmarker=landmarker)
    print(report.to_json() if options.json else report.table(before))
    return DONE


def doctor(options: argparse.Namespace) -> int:
    """Check that this machine can convert, and on what it would run."""
    from reenact.doctor.report import run_doctor

    report = run_doctor(pack=options.pack, device=options.device, landmarker=options.landmarker)
    print(report.to_json() if options.json else report.table())
    return DONE if report.ok else FAILED


def train_avatars(options: argparse.Namespace) -> int:
    """Train the net of the avatar pack on drawn people, or go on with it."""
    from reenact.train.avatars import Budget, train
    from reenact.train.recipe import AVATAR_256

    budget = Budget(minutes=options.minutes, pictures=options.pictures)
    lines = train(
        AVATAR_256,
        options.folder,
        budget,
        device=options.device,
        renderers=options.renderers,
        weights=options.weights,
    )
    for line in lines:
        print(line, flush=True)
    return DONE


def export_avatars(options: argparse.Namespace) -> int:
    """Turn a training run into the avatar pack."""
    from export.avatar_run import export_run
    from reenact.packs.bundled import DEFAULT_PACK

    pack = options.pack or DEFAULT_PACK
    export_run(options.folder, pack, options.weights)
    print(pack)
    return DONE


def export_onnx(options: argparse.Namespace) -> int:
    """Make a pack in half precision of a pack; only nets that pass the parity gate are taken."""
    from export.pack_precision import rewrite_pack
    from reenact.packs.installed import find_pack, packs_home
    from reenact.packs.pack import load_pack

    pack = load_pack(find_pack(options.pack))
    target = options.out or packs_home() / f"{pack.name}-{options.precision}"
    for line in rewrite_pack(pack, target, precision=options.precision, force=options.force):
        note(line)
    print(target)
    return DONE


def evaluate_avatars(options: argparse.Namespace) -> int:
    """Compare an avatar pack with the drawn people it was trained on."""
    from reenact.evaluate import avatars

    scores = avatars.evaluate_avatars(
        chosen_reenactor(options),
        samples=options.samples,
        seed=options.seed,
        identities=options.only,
    )
    print(scores.to_json() if options.json else scores.table())
    return DONE


def draw_avatars(options: argparse.Namespace) -> int:
    """Draw the people and their expressions, to look at."""
    from reenact.avatars.contact_sheet import contact_sheet
    from reenact.avatars.people import PEOPLE, person_named

    refuse_to_overwrite(options)
    people = [person_named(name) for name in options.only] or PEOPLE
    contact_sheet(people, options.picture, options.size)
    print(options.picture)
    return DONE


def serve(options: argparse.Namespace) -> int:
    """Show a page on which a camera drives an avatar, live."""
    from functools import partial

    from reenact.packs.installed import find_pack
    from server import log
    from server.serve import run_service
    from server.service_settings import settings_from
    from server.streams.runtime import open_runtime

    settings = settings_from(options)
    log.configure(verbose=options.verbose)
    studio = partial(open_runtime, find_pack(options.pack), device=options.device)
    run_service(settings, studio, say=partial(print, flush=True))
    return DONE


def _sentence(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror and error.filename:
        return f"{error.filename}: {error.strerror}"
    return str(error) or type(error).__name__


GROUPS = {
    "models": "public weights, and the packs made of them",
    "identity": "who can be shown",
    "train": "make weights",
    "export": "turn weights into packs",
    "evaluate": "measure how good weights are",
    "avatars": "the drawn people that the bundled pack is trained on",
}
"""Words that stand before a verb."""

NETS = (given.pack, given.device)
FACES = (*NETS, given.landmarker)
LIVE = (given.motion, given.identity, *FACES)

VERBS = (
    Verb("convert", convert_verbs.convert, (given.conversion, given.identity, *FACES)),
    Verb("webcam", webcam_verbs.webcam, (given.webcam, *LIVE), extra="camera"),
    Verb("identity list", identity_verbs.list_identities, (given.picture, *NETS)),
    Verb("identity show", identity_verbs.show_identity, (given.name, given.picture, *NETS)),
    Verb("identity add", add_identity, (given.enrolment, *FACES), extra="train"),
    Verb("identity random", identity_verbs.random_identity, (given.person, given.seed, *NETS)),
    Verb("identity remove", identity_verbs.remove_identity, (given.name, given.pack)),
    Verb("identity rename", identity_verbs.rename_identity, (given.name, given.new, given.pack)),
    Verb("models list", list_models, ()),
    Verb("models import", import_models, (made.importing,), extra="export"),
    Verb("models verify", model_verbs.verify_models, (made.installed,)),
    Verb("models remove", model_verbs.remove_models, (made.installed, given.force)),
    Verb("doctor", doctor, (*FACES, given.as_json)),
    Verb("bench", bench, (benchmark, given.identity, *FACES, given.as_json), "export"),
    Verb("serve", serve, (service, *NETS)),
    Verb("train avatars", train_avatars, (made.training,), extra="train"),
    Verb("export avatars", export_avatars, (made.trained,), extra="export"),
    Verb("export onnx", export_onnx, (made.rewriting,), extra="export"),
    Verb("evaluate avatars", evaluate_avatars, (made.evaluation, *NETS, given.as_json), "train"),
    Verb("avatars sheet", draw_avatars, (made.sheet, given.force), extra="train"),
)
"""Everything that the command can do; a new verb is a function and an entry here."""
