"""The published files that we can use: what each is for, its licence, and where to get it.

Pure data. The publishers state no hashes, and most state no licence for the weights themselves.
"""

from dataclasses import dataclass

from reenact.checkpoints.kinds import Kind

_DRIVE = "https://drive.google.com/file/d/{}/view"
_NVIDIA = "NVIDIA Source Code License: research and evaluation only, non-commercial"
_WITH_GENERATOR = (
    "no licence stated for the weights; they contain NVIDIA's generator, which is non-commercial"
)


@dataclass(frozen=True, slots=True)
class Download:
    """One published file."""

    kind: Kind
    """Kind of checkpoint that the file holds."""
    file: str
    """Name under which its authors publish it."""
    purpose: str
    """Phrase that says what the file is for."""
    licence: str
    """Licence of code and weights, as far as one is stated."""
    commercial: bool
    """Whether its licence plainly allows commercial use."""
    megabytes: float
    """Size in units of 10^6 bytes, rounded."""
    url: str
    """Address of the file, or of the page that offers it."""
    for_inference: bool = False
    """Whether the paper's method cannot run without it."""
    sha256: str | None = None
    """SHA-256 as the publisher states it, None where none is stated."""


CATALOGUE: tuple[Download, ...] = (
    Download(
        kind=Kind.PAPER,
        file="best_model.pt",
        purpose="the paper's motion encoder, transfer layer and generator of 1024 pixels",
        licence=f"code GPL-2.0; {_WITH_GENERATOR}",
        commercial=False,
        megabytes=1006,
        url=_DRIVE.format("11q5_a0NAceAeQ7-WyH8hjIROcYwlTAax"),
        for_inference=True,
    ),
    Download(
        kind=Kind.RESTYLE_PSP,
        file="restyle_psp_ffhq_encode.pt",
        purpose="enrols a person from a picture, in five steps; the paper's identity encoder",
        licence=f"code MIT; {_WITH_GENERATOR}",
        commercial=False,
        megabytes=955,
        url=_DRIVE.format("1sw6I2lRIB0MpuJkpc8F5BJiSZrc0hjfE"),
        for_inference=True,
    ),
    Download(
        kind=Kind.RESTYLE_E4E,
        file="restyle_e4e_ffhq_encode.pt",
        purpose="enrols a person, with codes that are easier to edit and less alike",
        licence=f"code MIT; {_WITH_GENERATOR}",
        commercial=False,
        megabytes=955,
        url=_DRIVE.format("1e2oXVeBPXMQoUoC_4TNwAWpOPpSEhE_e"),
    ),
    Download(
        kind=Kind.PSP,
        file="psp_ffhq_encode.pt",
        purpose="enrols a person in a single step",
        licence=f"code MIT; {_WITH_GENERATOR}",
        commercial=False,
        megabytes=1201,
        url=_DRIVE.format("1bMTNWkh5LArlaWSc_wa8VKyq2V42T2z0"),
    ),
    Download(
        kind=Kind.E4E,
        file="e4e_ffhq_encode.pt",
        purpose="enrols a person in a single step, with codes that are easier to edit",
        licence=f"code MIT; {_WITH_GENERATOR}",
        commercial=False,
        megabytes=1201,
        url=_DRIVE.format("1cUv_reLE6k3604or78EranS7XzuVMWeO"),
    ),
    Download(
        kind=Kind.STYLEGAN2_ROSINALITY,
        file="stylegan2-ffhq-config-f.pt",
        purpose="the generator of 1024 pixels for training, converted to PyTorch",
        licence=f"{_NVIDIA} (derived from its weights)",
        commercial=False,
        megabytes=133,  # with the averaged generator alone; up to 382
        url=_DRIVE.format("1EM87UquaoQmk17Q8d5kYIAHqu0dkYqdT"),
    ),
    Download(
        kind=Kind.STYLEGAN2_TENSORFLOW,
        file="stylegan2-ffhq-config-f.pkl",
        purpose="the generator of 1024 pixels for training, as first published",
        licence=_NVIDIA,
        commercial=False,
        megabytes=382,
        url=("https://nvlabs-fi-cdn.nvidia.com/stylegan2/networks/stylegan2-ffhq-config-f.pkl"),
    ),
    Download(
        kind=Kind.STYLEGAN2_NVLABS,
        file="ffhq.pkl",
        purpose="the generator of 1024 pixels for training, in NVIDIA's PyTorch form",
        licence=_NVIDIA,
        commercial=False,
        megabytes=382,
        url="https://nvlabs-fi-cdn.nvidia.com/stylegan2-ada-pytorch/pretrained/ffhq.pkl",
    ),
    Download(
        kind=Kind.STYLEGAN2_NVLABS,
        file="stylegan2-ffhq-1024x1024.pkl",
        purpose="the generator of 1024 pixels for training, as stylegan3 distributes it",
        licence=_NVIDIA,
        commercial=False,
        megabytes=382,
        url=(
            "https://api.ngc.nvidia.com/v2/models/nvidia/research/stylegan2/versions/1/files/"
            "stylegan2-ffhq-1024x1024.pkl"
        ),
    ),
    Download(
        kind=Kind.ARCFACE,
        file="model_ir_se50.pth",
        purpose="measures how alike two faces are, at enrolment and in training",
        licence="code MIT; no licence stated for the weights, commercial use not clear",
        commercial=False,
        megabytes=175,
        url=_DRIVE.format("1KW7bjndL3QG3sxBbZxreGHigcCCpsDgn"),
    ),
    Download(
        kind=Kind.ALEXNET,
        file="alexnet-owt-7be5be79.pth",
        purpose="measures how alike two pictures look (LPIPS), with the file of its heads",
        licence="BSD-3-Clause",
        commercial=True,
        megabytes=244,
        url="https://download.pytorch.org/models/alexnet-owt-7be5be79.pth",
    ),
    Download(
        kind=Kind.LPIPS,
        file="alex.pth",
        purpose="the heads of LPIPS 0.1, with the file of AlexNet",
        licence="BSD-2-Clause",
        commercial=True,
        megabytes=0.006,
        url=(
            "https://raw.githubusercontent.com/richzhang/PerceptualSimilarity/master/lpips/"
            "weights/v0.1/alex.pth"
        ),
    ),
)


_LATENTS = (
    "https://raw.githubusercontent.com/JahodaPetr/Pose-and-Expression-Transfer/"
    "40b43288a24022d97a6bd6a48f4299c6b36f05e2/latents/"
)
"""The folder of codes in the paper's repository, at a commit, so that it stays as it is."""

PUBLISHED_CODES: tuple[tuple[str, str], ...] = tuple(
    (f"{_LATENTS}{number}.pkl", f"{_LATENTS}{number}.png") for number in (1, 4, 5, 8, 9)
)
"""Addresses of each W+ code that the paper's authors published, and of its picture."""


def describe_catalogue() -> str:
    """Format the catalogue for a terminal."""
    lines = []
    for entry in CATALOGUE:
        needed = ", needed" if entry.for_inference else ""
        lines.append(
            f"{entry.file} ({entry.kind}, {entry.megabytes:g} MB{needed}): {entry.purpose}"
        )
        lines += [f"  {entry.licence}", f"  {entry.url}"]
    lines.append("codes of the paper's authors and their pictures, for: reenact models check")
    lines.append("  repository GPL-2.0, no licence stated for the pictures")
    lines += [f"  {address}" for pair in PUBLISHED_CODES for address in pair]
    return "\n".join(lines)
