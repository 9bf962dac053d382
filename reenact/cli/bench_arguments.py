"""The options of `reenact bench`."""

import argparse

from reenact.cli.argument_types import count, path


def words(text: str) -> list[str]:
    """Words between commas."""
    return [word.strip() for word in text.split(",") if word.strip()]


def counts(text: str) -> list[int]:
    """Whole numbers from 1, between commas."""
    return [count(word) for word in words(text)]


def benchmark(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--clip", type=path, metavar="FILE", help="a video of a face, instead of the bundled one")
    add("--frames", type=count, default=120, help="how many to measure")
    add("--against", type=path, metavar="FILE", help="a report written with --json, to compare to")
    add("--graph", help="measure one net instead: synthesis, motion, identity or mapping")
    add("--random-weights", action="store_true", help="of full size, without any pack; needs torch")
    add("--sizes", type=counts, default=[256, 512, 1024], metavar="N,N", help="of its pictures")
    add("--batches", type=counts, default=[1], metavar="N,N", help="items in a call")
    add("--rounds", type=count, default=20, help="calls of each backend")
    add(
        "--on",
        type=words,
        metavar="NAME,NAME",
        help="backends: devices, also :transposed and :fp16, torch-cpu, and torch-cuda with "
        ":half+channels-last+compile or +graph; what suits this machine if not given",
    )
