"""Conversions with a fake pipeline, in this process or in one that may be ended."""

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, cast

import pytest

from reenact.convert.options import ConvertOptions, ConvertReport
from reenact.convert.run import run_convert
from reenact.media.files import unfinished_path
from reenact.pipeline import Pipeline
from tests.support.fake_pipeline import FakePipeline

ROOT = Path(__file__).parents[2]
SEGMENT_FRAMES = 8


def open_fake(still: bool) -> Pipeline:
    return cast(Pipeline, FakePipeline())


def convert(
    source: Path,
    target: Path,
    pipeline: FakePipeline | None = None,
    *,
    notes: list[str] | None = None,
    **options: Any,
) -> ConvertReport:
    return run_convert(
        ConvertOptions(source, target, progress=False, **options),
        lambda still: cast(Pipeline, pipeline or FakePipeline()),
        note=(notes if notes is not None else []).append,
        segment_frames=SEGMENT_FRAMES,
    )


def interrupt(source: Path, target: Path, **options: Any) -> None:
    with pytest.raises(KeyboardInterrupt):
        convert(source, target, FakePipeline(fails_at=20, error=KeyboardInterrupt()), **options)


def make_command(
    source: Path, target: Path, *, seconds: float = 0.0, largest: int = 0
) -> list[str]:
    """A command line that converts in a process of its own, tests/support/conversion_process.py."""
    arguments = [str(source), str(target), str(seconds), str(SEGMENT_FRAMES), str(largest)]
    return [sys.executable, "-m", "tests.support.conversion_process", *arguments]


def start_slow(source: Path, target: Path) -> "subprocess.Popen[str]":
    slow = make_command(source, target, seconds=0.02)
    return subprocess.Popen(slow, cwd=ROOT, stderr=subprocess.PIPE, text=True)


def starve(source: Path, target: Path, largest: int) -> "subprocess.CompletedProcess[str]":
    """Convert in a process whose files may not be larger than `largest` bytes."""
    limited = make_command(source, target, largest=largest)
    return subprocess.run(limited, cwd=ROOT, capture_output=True, text=True, check=False)


def wait_for_pieces(target: Path, count: int) -> None:
    manifest = unfinished_path(target) / "manifest.json"
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if manifest.exists() and len(json.loads(manifest.read_text())["pieces"]) >= count:
            return
        time.sleep(0.01)
    raise AssertionError("the conversion did not come far enough")
