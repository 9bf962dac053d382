"""`reenact models ...` and `reenact export onnx`: list, make, check and remove packs."""

import argparse
from collections.abc import Iterable
from typing import TYPE_CHECKING

from reenact.cli.options import add_force_option, add_net_options, check_target, choose_pack, path
from reenact.cli.terminal import note, say, say_done
from reenact.printable import printable

if TYPE_CHECKING:
    from reenact.packs.pack import Pack


def list_models(options: argparse.Namespace) -> int:
    """List the public weights that photo-real packs are made of, and the packs on this machine."""
    from reenact.checkpoints.catalogue import describe_catalogue

    say(describe_catalogue())
    say("\npacks on this machine")
    _print_installed()
    return 0


def _print_installed() -> None:
    """Print every pack with its licence and its number of identities."""
    from reenact.errors import ReenactError
    from reenact.packs.installed import list_packs
    from reenact.packs.pack import load_pack

    for name, folder in list_packs().items():
        try:
            pack = load_pack(folder)
        except ReenactError as error:
            say(f"{name}: {error}")
            continue
        people = len(pack.identities)
        say(f"{name}: {pack.size} px, reads {pack.reads}, {people} people, {pack.licence}")
        say(f"  {folder}")


def add_import_options(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add(
        "files",
        type=path,
        nargs="+",
        metavar="FILE",
        help="the downloaded files; see: reenact models list",
    )
    add("--name", default="ffhq-1024", help="name of the pack; an existing one is made anew")
    add(
        "--kind",
        help="kind of checkpoint, where the file does not say: restyle-psp, restyle-e4e, psp or "
        "e4e",
    )
    add(
        "--accept-new",
        action="store_true",
        help="accept a file that differs from the one of the first import",
    )


def import_models(options: argparse.Namespace) -> int:
    """Make a photo-real pack of downloaded weights; nothing in them is executed."""
    from export.import_pack import Import
    from export.pack_folder import refuse_to_replace
    from reenact.packs.installed import packs_home
    from reenact.packs.manifest import check_name

    home = packs_home()
    home.mkdir(parents=True, exist_ok=True)
    check_name(options.name)
    folder = home / options.name
    refuse_to_replace(folder)
    run = Import(
        options.files,
        folder,
        record=home / "imported-hashes.json",
        kind=options.kind,
        accept_new=options.accept_new,
    )
    _follow(run.steps())
    for text in run.notes:
        note(text)
    say_done(folder)
    note(f"not for commercial use; next: reenact identity add NAME PHOTO --pack {folder.name}")
    return 0


def _follow(steps: Iterable[str]) -> None:
    """Run through `steps`, showing the present one."""
    from tqdm import tqdm

    with tqdm(steps, bar_format="{desc} [{n_fmt} done, {elapsed}]") as bar:
        for step in bar:
            bar.set_description(printable(step))


def _add_name_argument(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("pack", metavar="NAME", help="name of the pack; see: reenact models list")


def add_verify_options(parser: argparse.ArgumentParser) -> None:
    _add_name_argument(parser)


def verify_models(options: argparse.Namespace) -> int:
    """Check every file of a pack against its SHA-256."""
    from tqdm import tqdm

    pack = choose_pack(options.pack)
    _delete_leftovers(pack)
    for file in tqdm(pack.files, desc=pack.name, unit="file", leave=False):
        file.verify()
    say(f"{pack.name}: all {len(pack.files)} files are right")
    return 0


def add_check_options(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add(
        "code",
        type=path,
        metavar="CODE",
        help="a published W+ code, such as 1.pkl; for the addresses see: reenact models list",
    )
    add("picture", type=path, metavar="PICTURE", help="its published picture, 1.png")
    add_net_options(parser)


def check_models(options: argparse.Namespace) -> int:
    """Draw a published code and compare the picture with the published one: right or wrong."""
    from reenact.checkpoints.published_code import read_code
    from reenact.media.pictures import read_picture
    from reenact.published_picture import compare_with_published

    pack = choose_pack(options.pack)
    code = read_code(options.code, (pack.rows, pack.width))
    compared = compare_with_published(pack, code, read_picture(options.picture), options.device)
    say(f"{pack.name}: {compared.describe()}")
    return 0 if compared.right else 1


def _delete_leftovers(pack: "Pack") -> None:
    """Delete, with a note, what a command that was stopped left of the pack's people."""
    from reenact.identities.leftovers import delete_leftovers, find_leftovers
    from reenact.media.files import translate_os_errors
    from reenact.packs.pack_lock import has_remains, hold_pack

    if find_leftovers(pack.path) or has_remains(pack.path):
        with translate_os_errors(pack.path), hold_pack(pack.path):
            deleted = delete_leftovers(pack.path)
        note(
            f"{pack.name}: {len(deleted)} files of no person were left by a stopped command "
            "and are deleted"
        )


def add_remove_options(parser: argparse.ArgumentParser) -> None:
    _add_name_argument(parser)
    add_force_option(parser)


def remove_models(options: argparse.Namespace) -> int:
    """Delete an imported pack; with --force, its identities too."""
    from reenact.packs.installed import remove_pack

    say_done(remove_pack(options.pack, force=options.force))
    note("the downloaded files it was made from are still where you put them")
    return 0


def add_landmarker_options(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("bundle", type=path, metavar="BUNDLE", help="MediaPipe's face_landmarker.task")
    add("target", type=path, metavar="FILE", help="the net to write, such as landmarker.onnx")
    add_force_option(parser)


def convert_landmarker(options: argparse.Namespace) -> int:
    """Turn the landmark net of a MediaPipe bundle into one that --landmarker takes."""
    from export.landmarker import convert_bundle

    check_target(options.target, force=options.force, source=options.bundle)
    convert_bundle(options.bundle, options.target)
    say_done(options.target)
    return 0


def add_precision_options(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("pack", metavar="PACK", help="the pack to read: a folder, or an installed pack's name")
    add(
        "--precision",
        choices=("fp32", "fp16"),
        default="fp16",
        help="the precision to compute in",
    )
    add(
        "--out",
        type=path,
        metavar="FOLDER",
        help="the pack to write, by default NAME-fp16 among this user's packs",
    )
    add_force_option(parser)


def export_onnx(options: argparse.Namespace) -> int:
    """Make a half-precision copy of a pack; nets that fail the parity gate stay as they are."""
    from export.pack_precision import rewrite_pack
    from reenact.packs.installed import packs_home

    pack = choose_pack(options.pack)
    target = options.out or packs_home() / f"{pack.name}-{options.precision}"
    for line in rewrite_pack(pack, target, precision=options.precision, force=options.force):
        note(line)
    say_done(target)
    return 0
