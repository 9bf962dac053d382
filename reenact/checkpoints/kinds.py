"""The kinds of checkpoint that we can use, and the parts that each of them holds."""

from enum import StrEnum


class Kind(StrEnum):
    """Kind of a published file; the value names it in messages, commands and records."""

    PAPER = "pet"
    RESTYLE_PSP = "restyle-psp"
    RESTYLE_E4E = "restyle-e4e"
    PSP = "psp"
    E4E = "e4e"
    STYLEGAN2_ROSINALITY = "stylegan2-rosinality"
    STYLEGAN2_NVLABS = "stylegan2-nvlabs"
    STYLEGAN2_TENSORFLOW = "stylegan2-tensorflow"
    ARCFACE = "arcface"
    ALEXNET = "alexnet"
    LPIPS = "lpips"


PARTS: dict[Kind, tuple[str, ...]] = {
    Kind.PAPER: ("motion_encoder", "transfer", "generator"),
    Kind.RESTYLE_PSP: ("identity_encoder", "generator"),
    Kind.RESTYLE_E4E: ("identity_encoder", "generator"),
    Kind.PSP: ("identity_encoder", "generator"),
    Kind.E4E: ("identity_encoder", "generator"),
    Kind.STYLEGAN2_ROSINALITY: ("generator",),
    Kind.STYLEGAN2_NVLABS: ("generator",),
    Kind.STYLEGAN2_TENSORFLOW: ("generator",),
    Kind.ARCFACE: ("arcface",),
    Kind.ALEXNET: ("lpips_trunk",),
    Kind.LPIPS: ("lpips_heads",),
}
"""The names under which a checkpoint's states are found."""


def as_kind(name: str) -> Kind:
    """The kind of that name. Raises ValueError for an unknown one."""
    try:
        return Kind(name)
    except ValueError:
        raise ValueError(f"kind must be one of {', '.join(Kind)}, got {name!r}") from None
