"""`reenact identity ...`: who is in a pack, and who comes and goes."""

import argparse
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from reenact.cli.command import (
    chosen_pack,
    chosen_reenactor,
    note,
    open_reenactor,
    refuse_to_overwrite,
    write,
)

if TYPE_CHECKING:
    from reenact.identities.enrol import Enrolled, Refine
    from reenact.packs.pack import Pack


def list_identities(options: argparse.Namespace) -> int:
    """Name everyone in the pack; with --picture, draw them."""
    from reenact.identities.identity import gallery

    refuse_to_overwrite(options)
    for card in chosen_pack(options).cards.values():
        print(f"{card.name:<12}{card.description}".rstrip())
    if options.picture:
        write(options.picture, gallery(chosen_reenactor(options)))
    return 0


def show_identity(options: argparse.Namespace) -> int:
    """Describe one identity; with --picture, draw it with some expressions."""
    from reenact.identities.identity import card_of, load_identity, portrait

    refuse_to_overwrite(options)
    pack = chosen_pack(options)
    card, identity = card_of(pack, options.identity), load_identity(pack, options.identity)
    about = f"{card.name}, of pack {pack.name} ({pack.licence})"
    made = ", ".join(f"{fact}: {value}" for fact, value in card.made.items())
    print(*filter(None, [about, card.description, made, pack.attribution]), sep="\n")
    if options.picture:
        write(options.picture, portrait(chosen_reenactor(options), identity))
    return 0


def add_identity(options: argparse.Namespace, refining: "Callable[[Pack], Refine]") -> int:
    """Make a person of one or more photographs, who must have agreed.

    refining: opens what refines codes, which needs torch; called only with --refine.
    """
    from reenact.face.stills import read_photographs
    from reenact.identities.enrol import Enroller
    from reenact.identities.store import check_new_name

    pack = _open_pack(options)
    check_new_name(pack, options.name, force=options.force)
    note("enrol a real person only with that person's consent")
    photographs = read_photographs(options.photos, landmarker=options.landmarker)
    for text in (text for photograph in photographs for text in photograph.notes):
        note(text)
    faces = [photograph.face for photograph in photographs]
    refine = refining(pack) if options.refine else None
    with Enroller(pack, device=options.device) as enroller:
        enrolled = enroller.enrol(options.name, faces, refine)
    if refine is not None:
        enrolled = replace(enrolled, made={**enrolled.made, "refined": options.refine})
    about = "from a photograph" if len(faces) == 1 else f"from {len(faces)} photographs"
    return _keep(options, pack, enrolled, about)


def random_identity(options: argparse.Namespace) -> int:
    """Make a person who does not exist; the same seed makes the same one."""
    from reenact.identities.enrol import Enroller
    from reenact.identities.store import check_new_name

    pack = _open_pack(options)
    check_new_name(pack, options.name, force=options.force)
    with Enroller(pack, device=options.device) as enroller:
        enrolled = enroller.enrol_random(options.name, options.seed)
    return _keep(options, pack, enrolled, f"random, seed {options.seed}")


def remove_identity(options: argparse.Namespace) -> int:
    """Delete a person, and all that is kept of them."""
    from reenact.identities import store as identity_store

    identity_store.remove_identity(_open_pack(options), options.identity)
    return 0


def rename_identity(options: argparse.Namespace) -> int:
    """Give a person another name."""
    from reenact.identities import store as identity_store

    identity_store.rename_identity(_open_pack(options), options.identity, options.new)
    return 0


def _open_pack(options: argparse.Namespace) -> "Pack":
    """The pack, if its people may be changed."""
    from reenact.identities.enrol import require_enrolment

    pack = chosen_pack(options)
    require_enrolment(pack)
    return pack


def _keep(options: argparse.Namespace, pack: "Pack", enrolled: "Enrolled", about: str) -> int:
    from datetime import UTC, datetime

    from reenact.identities import store as identity_store
    from reenact.identities.picture import enrolment_picture, sample_faces

    reenactor = open_reenactor(pack, options.device)
    try:
        picture = enrolment_picture(reenactor, enrolled, sample_faces())
    finally:
        reenactor.close()
    identity_store.add_identity(
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
    print(f"{options.name}: {', '.join(facts)}")
    return 0
