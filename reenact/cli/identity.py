"""`reenact identity ...`: lists, shows, adds, renames and removes the identities of a pack."""

import argparse
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from reenact.cli.options import (
    add_force_option,
    add_landmarker_option,
    add_net_options,
    add_pack_option,
    check_picture_target,
    choose_pack,
    count,
    open_reenactor,
    path,
)
from reenact.cli.terminal import note, say, say_done
from reenact.printable import printable

if TYPE_CHECKING:
    from reenact.face.stills import Photograph
    from reenact.identities.enrol import Enrolled, Refine
    from reenact.packs.pack import Pack
    from reenact.types import Image


def _add_picture_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--picture",
        type=path,
        metavar="FILE",
        help="also write a picture of it to this file (png, jpg)",
    )
    add_force_option(parser)


def _add_name_argument(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "identity", metavar="NAME", help="name of the identity; see: reenact identity list"
    )


def _add_enrolment_options(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add(
        "name",
        metavar="NAME",
        help="name of the new identity, of lower-case letters, digits, dots, - and _",
    )
    add("--description", metavar="TEXT", help="a description, which reenact identity list prints")
    add_force_option(parser)
    add_net_options(parser)


def add_list_options(parser: argparse.ArgumentParser) -> None:
    _add_picture_options(parser)
    add_net_options(parser)


def list_identities(options: argparse.Namespace) -> int:
    """List the identities of a pack; with --picture, draw them."""
    from reenact.identities.identity import draw_gallery

    check_picture_target(options.picture, force=options.force)
    pack = choose_pack(options.pack)
    for card in pack.cards.values():
        say(f"{card.name:<12}{card.description}".rstrip())
    if options.picture:
        _write(options.picture, draw_gallery(open_reenactor(pack, options.device)))
    return 0


def add_show_options(parser: argparse.ArgumentParser) -> None:
    _add_name_argument(parser)
    _add_picture_options(parser)
    add_net_options(parser)


def show_identity(options: argparse.Namespace) -> int:
    """Describe one identity; with --picture, draw it with some expressions."""
    from reenact.identities.identity import draw_portrait, find_card, load_identity

    check_picture_target(options.picture, force=options.force)
    pack = choose_pack(options.pack)
    card, identity = find_card(pack, options.identity), load_identity(pack, options.identity)
    about = f"{card.name}, of pack {pack.name} ({pack.licence})"
    made = ", ".join(f"{fact}: {value}" for fact, value in card.made.items())
    for line in filter(None, [about, card.description, printable(made), pack.attribution]):
        say(line)
    if options.picture:
        _write(options.picture, draw_portrait(open_reenactor(pack, options.device), identity))
    return 0


def _write(target: Path, picture: "Image") -> None:
    from reenact.media.pictures import write_picture

    write_picture(target, picture)
    say_done(target)


def add_photo_options(parser: argparse.ArgumentParser) -> None:
    _add_enrolment_options(parser)
    add = parser.add_argument
    add("photos", type=path, nargs="*", metavar="PHOTO", help="photographs of that person's face")
    add(
        "--aligned",
        action="store_true",
        help="each photograph is the square of the FFHQ data set already, so no face is looked for",
    )
    add(
        "--code",
        type=path,
        metavar="FILE",
        help="the person's W+ code instead of photographs: a numpy array as .pkl, .npy or .npz, "
        "such as those in latents/ of the paper's repository",
    )
    add(
        "--refine",
        type=count,
        metavar="STEPS",
        help="then fit the identity's code to each photograph in this many steps; slow, needs "
        "torch",
    )
    add_landmarker_option(parser)


def add_identity(options: argparse.Namespace) -> int:
    """Make an identity from photographs of a person, who must have agreed."""
    from reenact.identities.enrol import Enroller
    from reenact.identities.store import check_new_name

    if bool(options.photos) == (options.code is not None):
        came = "both" if options.photos else "neither"
        raise ValueError(f"expected photographs or --code FILE, got {came}; give one of them")
    pack = _open_pack(options.pack)
    check_new_name(pack, options.name, force=options.force)
    note("enrol a real person only with that person's consent")
    if options.code is not None:
        return _add_code(options, pack)
    photographs = _read_photographs(options)
    for text in (text for photograph in photographs for text in photograph.notes):
        note(text)
    faces = [photograph.face for photograph in photographs]
    refine = _open_refine(pack, options.refine, options.device) if options.refine else None
    with Enroller(pack, device=options.device) as enroller:
        enrolled = enroller.enrol(options.name, faces, refine)
    if refine is not None:
        enrolled = replace(enrolled, made={**enrolled.made, "refined": options.refine})
    about = "from a photograph" if len(faces) == 1 else f"from {len(faces)} photographs"
    return _keep(options, pack, enrolled, about)


def _read_photographs(options: argparse.Namespace) -> "tuple[Photograph, ...]":
    from reenact.face.stills import read_aligned, read_photographs

    if options.aligned:
        return tuple(read_aligned(photo) for photo in options.photos)
    return read_photographs(options.photos, landmarker=options.landmarker)


def _add_code(options: argparse.Namespace, pack: "Pack") -> int:
    from reenact.checkpoints.published_code import read_code
    from reenact.identities.enrol import Enroller

    if options.refine or options.aligned:
        raise ValueError("--refine and --aligned are for photographs, got --code; leave them out")
    code = read_code(options.code, (pack.rows, pack.width))
    with Enroller(pack, device=options.device) as enroller:
        enrolled = enroller.enrol_code(options.name, code)
    return _keep(options, pack, enrolled, "from a code")


def _open_refine(pack: "Pack", steps: int, device: str) -> "Refine":
    from reenact.train.refine import open_refiner

    of_torch = device if device in ("cpu", "cuda") else "auto"
    return open_refiner(pack, steps, device=of_torch, note=note)


def add_random_options(parser: argparse.ArgumentParser) -> None:
    _add_enrolment_options(parser)
    parser.add_argument(
        "--seed", type=int, default=0, help="the random seed; the same one makes the same face"
    )


def random_identity(options: argparse.Namespace) -> int:
    """Make an identity with a random face; the same seed makes the same one."""
    from reenact.identities.enrol import Enroller
    from reenact.identities.store import check_new_name

    pack = _open_pack(options.pack)
    check_new_name(pack, options.name, force=options.force)
    with Enroller(pack, device=options.device) as enroller:
        enrolled = enroller.enrol_random(options.name, options.seed)
    return _keep(options, pack, enrolled, f"random, seed {options.seed}")


def add_remove_options(parser: argparse.ArgumentParser) -> None:
    _add_name_argument(parser)
    add_pack_option(parser)


def remove_identity(options: argparse.Namespace) -> int:
    """Delete an identity and everything that is kept of it."""
    from reenact.identities import store

    store.remove_identity(_open_pack(options.pack), options.identity)
    return 0


def add_rename_options(parser: argparse.ArgumentParser) -> None:
    _add_name_argument(parser)
    parser.add_argument("new", metavar="NEW", help="the new name of the identity")
    add_pack_option(parser)


def rename_identity(options: argparse.Namespace) -> int:
    """Give an identity another name."""
    from reenact.identities import store

    store.rename_identity(_open_pack(options.pack), options.identity, options.new)
    return 0


def _open_pack(wanted: str | None) -> "Pack":
    """The pack, if its identities may be changed."""
    from reenact.identities.enrol import require_enrolment

    pack = choose_pack(wanted)
    require_enrolment(pack)
    return pack


def _keep(options: argparse.Namespace, pack: "Pack", enrolled: "Enrolled", about: str) -> int:
    """Store an identity with its enrolment picture, and print how it was made."""
    from datetime import UTC, datetime

    from reenact.identities import store
    from reenact.identities.picture import draw_enrolment, find_sample_faces

    reenactor = open_reenactor(pack, options.device)
    try:
        picture = draw_enrolment(reenactor, enrolled, find_sample_faces())
    finally:
        reenactor.close()
    store.add_identity(
        pack,
        enrolled.identity,
        description=options.description or about,
        made={**enrolled.made, "date": datetime.now(UTC).date().isoformat()},
        picture=picture,
        force=options.force,
    )
    facts = [about]
    if "similarity" in enrolled.made:
        facts.append(f"similarity to the inversion {enrolled.made['similarity']:.2f} of 1")
    say_done(f"{options.name}: {', '.join(facts)}")
    return 0
