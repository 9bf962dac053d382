"""The paper's and ReStyle's files in their true sizes, a gigabyte each, with random tensors.

All activations stay finite with them. The files are written in place and never lie in memory.
"""

import math
import mmap
import zipfile
import zlib
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.serialization import set_default_mmap_options, skip_data

from reenact.nets.generator import Generator
from reenact.nets.motion_encoder import MotionEncoder
from reenact.nets.restyle import RestyleEncoder
from reenact.nets.stylegan2 import blur_kernel
from reenact.nets.transfer import Transfer
from tests.support.public_layouts import FULL, OPTIONS, add_prefix, to_rosinality

ROWS, WIDTH = 18, 512
_POOL = 1_000_003  # prime, so that the rows of a matrix differ


def write_best_model(path: Path) -> Path:
    """The paper's best_model.pt: motion encoder, transfer and generator of 1024 pixels."""
    with FakeTensorMode():
        state = add_prefix("encoder.", MotionEncoder(ROWS, WIDTH).state_dict()) | _decoder()
        for name, tensor in Transfer(ROWS, WIDTH).state_dict().items():
            state[name.replace("linear.", "mapping_net.linear_relu.0.")] = tensor
    return _write(path, {"state_dict": state, "opts": OPTIONS["pet"]})


def write_restyle(path: Path) -> Path:
    """restyle_psp_ffhq_encode.pt: identity encoder, generator and average code."""
    with FakeTensorMode():
        state = add_prefix("encoder.", RestyleEncoder(ROWS, WIDTH).state_dict()) | _decoder()
        content = {"state_dict": state, "opts": OPTIONS["restyle-psp"]}
        content["latent_avg"] = torch.empty(ROWS, WIDTH)
    return _write(path, content)


def _decoder() -> dict[str, Tensor]:
    return add_prefix("decoder.", to_rosinality(Generator(FULL, WIDTH).state_dict()))


def _write(path: Path, content: dict[str, Any]) -> Path:
    """Write the file with holes for the tensors, then fill them through a shared mapping."""
    with skip_data(materialize_fake_tensors=True):
        torch.save(content, path)
    with set_default_mmap_options(mmap.MAP_SHARED):
        mapped = torch.load(path, mmap=True, weights_only=True)
    pool = torch.randn(_POOL, generator=torch.Generator().manual_seed(0))
    for name, tensor in (mapped["state_dict"] | _average(mapped)).items():
        _fill(name, tensor, pool)
    _write_checksums(path)
    return path


def _write_checksums(path: Path) -> None:
    """Put the CRC-32 of each entry, which was a hole when it was written, into the directory."""
    with (
        zipfile.ZipFile(path) as archive,
        path.open("r+b") as file,
        mmap.mmap(file.fileno(), 0) as content,
    ):
        place = archive.start_dir
        for entry in archive.infolist():  # in the order of the directory
            names = (entry.header_offset + at for at in (26, 28))
            lengths = [int.from_bytes(content[at : at + 2], "little") for at in names]
            start = entry.header_offset + 30 + sum(lengths)
            with memoryview(content)[start : start + entry.file_size] as own:
                content[place + 16 : place + 20] = zlib.crc32(own).to_bytes(4, "little")
            variable = (content[place + at : place + at + 2] for at in (28, 30, 32))
            place += 46 + sum(int.from_bytes(length, "little") for length in variable)


def _average(mapped: dict[str, Any]) -> dict[str, Tensor]:
    return {"latent_avg": mapped["latent_avg"]} if "latent_avg" in mapped else {}


def _fill(name: str, tensor: Tensor, pool: Tensor) -> None:
    if name.endswith("kernel"):
        tensor.copy_(blur_kernel())
    elif tensor.is_floating_point():
        mean, deviation = _magnitude(name, tensor)
        flat = tensor.view(-1)
        for start in range(0, flat.numel(), _POOL):
            piece = flat[start : start + _POOL]
            torch.mul(pool[: piece.numel()], deviation, out=piece)
            piece += mean


def _magnitude(name: str, tensor: Tensor) -> tuple[float, float]:
    """Mean and deviation that keep a signal's size from layer to layer."""
    if name.startswith("decoder.style.") and tensor.ndim == 2:
        return 0.0, 100.0  # stored 100 times as large as it acts
    if name.startswith("decoder.") or name.endswith(".linear.weight"):
        weak = tensor.ndim == 1 or "to_rgb" in name  # biases, and what adds up over resolutions
        return float(name.endswith("modulation.bias")), 0.1 if weak else 1.0
    if tensor.ndim == 1:
        prelu = name.endswith(("input_layer.2.weight", "res_layer.2.weight"))
        ones = name.endswith(("weight", "running_var"))
        return 0.25 if prelu else float(ones), 0.0
    gain = 0.5 if ".res_layer." in name else 1.0  # 24 of them are summed
    return 0.0, gain / math.sqrt(tensor[0].numel())
