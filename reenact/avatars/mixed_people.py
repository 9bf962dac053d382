"""People with the shape of one person and the colours of another."""

from dataclasses import replace

from reenact.avatars.person import Person


def mix_people(shape: Person, colours: Person) -> Person:
    """Make a person with all colours of `colours` and everything else of `shape`, its name too."""
    return replace(
        shape,
        skin=colours.skin,
        hair_colour=colours.hair_colour,
        brow_colour=colours.brow_colour,
        lip_colour=colours.lip_colour,
        iris=colours.iris,
        shirt=colours.shirt,
        background=colours.background,
        frame_colour=colours.frame_colour,
        blush=colours.blush,
    )
