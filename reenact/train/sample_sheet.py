"""A picture of how far a training has come: rendered row above generated row."""

from pathlib import Path

import cv2
import numpy as np
import torch

from reenact.nets.avatar import AvatarNet
from reenact.train.frame_bank import FrameBank


@torch.no_grad()
def save_sample_sheet(path: Path, net: AvatarNet, bank: FrameBank, size: int, columns: int) -> None:
    """Draw the bank's first `columns` frames, rendered and generated at `size` pixels."""
    device = next(net.parameters()).device
    people = torch.from_numpy(bank.people[:columns]).to(device)
    motions = torch.from_numpy(bank.motions[:columns]).to(device)
    pictures = net(people, motions, size=size).permute(0, 2, 3, 1).cpu().numpy()
    generated = np.clip(np.rint((pictures + 1) * 127.5), 0, 255).astype(np.uint8)
    truth = [
        cv2.resize(p, (size, size), interpolation=cv2.INTER_AREA) for p in bank.pictures[:columns]
    ]
    rows = [np.concatenate(list(row), axis=1) for row in (truth, generated)]
    cv2.imwrite(str(path), np.concatenate(rows)[..., ::-1])
