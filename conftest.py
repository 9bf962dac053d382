"""Surroundings of every test: quiet native libraries, the same examples, one thread a core."""

import os
import sys

import pytest
from hypothesis import settings

# Read by MediaPipe's C++ half when it is loaded, so before any test imports it.
os.environ.setdefault("GLOG_minloglevel", "2")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
# Matplotlib, which MediaPipe imports, must not look for a display.
os.environ.setdefault("MPLBACKEND", "Agg")
# As many test processes run as there are cores: PyTorch's threads would wait for each other.
if "PYTEST_XDIST_WORKER" in os.environ:
    os.environ.setdefault("OMP_NUM_THREADS", "1")

# A loaded machine is not a failure, and a failure must be there again on the next run.
settings.register_profile("reenact", deadline=None, derandomize=True)
settings.load_profile("reenact")


@pytest.fixture(scope="session", autouse=True)
def _shared_folder(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Name a folder that all processes of this run share, for files that are dear to make."""
    own = tmp_path_factory.getbasetemp()
    shared = own.parent if "PYTEST_XDIST_WORKER" in os.environ else own
    os.environ["REENACT_TESTS_FOLDER"] = str(shared)


@pytest.fixture(autouse=True)
def _no_rehearsal(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Open checkpoints without the process that reads them first, which takes seconds to start;
    tests of hostile files have it."""
    checkpoint = sys.modules.get("reenact.checkpoints.checkpoint")
    if checkpoint is not None and request.node.get_closest_marker("rehearsal") is None:
        monkeypatch.setattr(checkpoint, "rehearse", lambda path, kind: None)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files with a slow test come first, so that no process ends long after the others."""
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow)
