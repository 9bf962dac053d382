"""What words on the command line are turned into, or refused as."""

import argparse
import math
from pathlib import Path

from reenact.types import EXPRESSION_AXES


def path(text: str) -> Path:
    """Absolute, so that it means the same wherever it is used."""
    return Path(text).expanduser().absolute()


def count(text: str) -> int:
    """A whole number from 1."""
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"must be 1 or more, got {number}")
    return number


def factor(text: str) -> float:
    """A finite number."""
    number = float(text)
    if not math.isfinite(number):
        raise argparse.ArgumentTypeError(f"must be a number, got {text!r}")
    return number


def positive(text: str) -> float:
    """A finite number above 0."""
    number = factor(text)
    if number <= 0:
        raise argparse.ArgumentTypeError(f"must be above 0, got {text!r}")
    return number


def size(text: str) -> tuple[int, int]:
    """WIDTHxHEIGHT, or one number for both; returns (height, width), which video needs even."""
    width, _, height = text.partition("x")
    sides = int(height or width), int(width)
    if min(sides) < 2 or any(side % 2 for side in sides):
        raise argparse.ArgumentTypeError(f"must be even, like 512 or 1280x720, got {text!r}")
    return sides


def gain(text: str) -> tuple[str, float]:
    """AXIS=FACTOR, such as smile=1.3."""
    axis, _, factor = text.partition("=")
    if axis not in EXPRESSION_AXES:
        raise argparse.ArgumentTypeError(f"{axis!r} is none of {', '.join(EXPRESSION_AXES)}")
    try:
        number = float(factor)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise argparse.ArgumentTypeError(f"must be like {axis}=1.3, got {text!r}")
    return axis, number
