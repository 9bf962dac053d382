"""Who may import whom, read from the source by `ast`. The tables below are the architecture."""

import subprocess
import sys
import tomllib
from collections.abc import Callable, Mapping
from functools import cache
from graphlib import CycleError, TopologicalSorter
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from tests.support.imports import Use, module_name, python_files, uses

ROOT = Path(__file__).parents[1]

MAY_IMPORT = {
    "engines": set(),
    "reenact": {"engines"},
    "export": {"engines", "reenact"},
    "server": {"engines", "reenact"},
}
"""The four packages and their arrows."""

OUTSIDE = {folder: set(MAY_IMPORT) for folder in ("tools", "tests")}
"""The developers' folders: they import any package but not each other; no package imports them."""

SERVER_FLOORS = (
    {"server.serve", "server.service_settings"},
    {"server.web"},
    {"server.sessions"},
    {"server.streams"},
    {"server.webrtc"},
)
"""From the roof down: each may import its own floor, those after it, and the ground, which is the
rest of the server (errors, limits, log, settings) and imports itself alone."""

ROOMS = {
    "reenact.media": set(),
    "reenact.live": set(),
    "reenact.packs": {"media"},
    "reenact.face": {"media", "packs", "smooth"},
    "reenact.identities": {"media", "packs", "face", "reenactor", "pipeline"},
    "reenact.convert": {"media", "pipeline"},
    "reenact.webcam": {"media", "live", "driving", "pipeline"},
    "reenact.doctor": {"media", "packs", "face", "identities", "webcam", "reenactor", "pipeline"}
    | {"machine", "graphics_cards"},
    "reenact.nets": set(),
    "reenact.avatars": {"media"},
    "reenact.checkpoints": {"media", "nets"},
    "reenact.train": {"avatars", "nets", "identities", "packs", "media"},
    "reenact.evaluate": {
        "avatars",
        "packs",
        "backdrop",
        "driving",
        "face",
        "identities",
        "media",
        "pipeline",
        "reenactor",
    },
}
"""The folders of `reenact`, and what of it each may import beside itself, `types`, `axes`, `errors`
and `printable`."""

COMPOSITION_ROOT = {"reenact.cli"}
"""Its verbs may import anything of ours, inside the function that needs it."""

OFF_THE_LIVE_PATH = {
    "torch",
    "reenact.nets",
    "reenact.checkpoints",
    "reenact.avatars",
    "reenact.train",
    "reenact.evaluate",
    "export",
}
"""What a machine that only converts or serves does without."""

NEEDS_AN_EXTRA = OFF_THE_LIVE_PATH | {
    "engines.pytorch",
    "engines.pytorch_operations",
    "engines.trt",
}
"""With the backends that are imported only when asked for."""

ONLY_IMPORTER = {"mediapipe": "tests.support.mediapipe", "av": "reenact.media.video"}
"""A library, and the module whose name (or its beginning, video*.py) may import it."""

PICKLES = {"pickle", "cPickle", "dill", "cloudpickle", "joblib", "shelve"} | {
    "torch.load",
    "numpy.load.allow_pickle",
}
MAY_OPEN_PICKLES = "reenact.checkpoints"

OPTIONAL_DEPENDENCIES = {"aiohttp", "aiortc", "numba", "onnx", "tensorrt", "torch"}


Check = Callable[[list[Use]], list[Use]]


def below(name: str, packages: set[str]) -> bool:
    return any(name == package or name.startswith(f"{package}.") for package in packages)


def against_the_arrows(found: list[Use]) -> list[Use]:
    def allowed(use: Use) -> bool:
        home, target = use.module.split(".")[0], use.target.split(".")[0]
        free = below(use.module, COMPOSITION_ROOT) and use.lazy
        arrows = MAY_IMPORT | OUTSIDE
        return target not in arrows or target in {home, *arrows[home]} or free

    return [use for use in found if not allowed(use)]


def floor(name: str) -> int:
    """Index in SERVER_FLOORS, one more than the last for the ground."""
    return next(
        (number for number, modules in enumerate(SERVER_FLOORS) if below(name, modules)),
        len(SERVER_FLOORS),
    )


def up_the_floors(found: list[Use]) -> list[Use]:
    def up(use: Use) -> bool:
        inside = below(use.module, {"server"}) and below(use.target, {"server"})
        return inside and floor(use.target) < floor(use.module)

    return [use for use in found if up(use)]


def into_other_rooms(found: list[Use]) -> list[Use]:
    def strange(use: Use) -> bool:
        room = next((room for room in ROOMS if below(use.module, {room})), None)
        if room is None or not below(use.target, {"reenact"}):
            return False
        here = {
            "types",
            "axes",
            "errors",
            "printable",
            "__version__",
            room.split(".")[1],
            *ROOMS[room],
        }
        return use.target.split(".")[1] not in here

    return [use for use in found if strange(use)]


def circles(root: Path) -> list[str]:
    """A circle of imports among our modules, those for type checking included; none when empty."""
    names = {module_name(path, root) for path in python_files(root)}
    graph: dict[str, set[str]] = {name: set() for name in names}
    for use in uses(root):
        target = use.target if use.target in names else use.target.rpartition(".")[0]
        if target in names and target != use.module:
            graph[use.module].add(target)
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def heavy_on_the_live_path(found: list[Use]) -> list[Use]:
    def live(use: Use) -> bool:
        free = below(use.module, COMPOSITION_ROOT) and use.lazy
        return not free and not below(use.module, NEEDS_AN_EXTRA)

    return [use for use in found if live(use) and below(use.target, OFF_THE_LIVE_PATH)]


def second_importers(found: list[Use]) -> list[Use]:
    def stranger(use: Use) -> bool:
        owner = ONLY_IMPORTER.get(use.target.split(".")[0])
        served = use.module.startswith("server")  # aiortc speaks in PyAV frames
        return owner is not None and not use.module.startswith(owner) and not served

    return [use for use in found if stranger(use)]


def pickles_elsewhere(found: list[Use]) -> list[Use]:
    return [
        use
        for use in found
        if below(use.target, PICKLES) and not below(use.module, {MAY_OPEN_PICKLES})
    ]


def foreign_packages(found: list[Use]) -> set[str]:
    roots = {use.target.split(".")[0] for use in found} | OPTIONAL_DEPENDENCIES
    return roots - set(sys.stdlib_module_names) - set(MAY_IMPORT)


def modules_named_like_a_dependency(root: Path) -> list[str]:
    foreign = foreign_packages(uses(root))
    names = (module_name(path, root) for path in python_files(root))
    return [name for name in names if name.split(".")[-1] in foreign]


@cache
def brought_by() -> Mapping[str, list[str]]:
    """Installed distributions by the package they bring; reading them takes a second."""
    return packages_distributions()


def undeclared_on_the_live_path(found: list[Use]) -> list[Use]:
    """Imports that an install without extras would not satisfy."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    declared = {requirement.split(">")[0] for requirement in project["dependencies"]}

    def undeclared(use: Use) -> bool:
        package = use.target.split(".")[0]
        live = below(use.module, {"reenact", "engines"}) and not below(use.module, NEEDS_AN_EXTRA)
        foreign = package in foreign_packages([use])
        return live and not use.lazy and foreign and not declared & {*brought_by().get(package, [])}

    return [use for use in found if undeclared(use)]


CHECKS: list[Check] = [
    against_the_arrows,
    into_other_rooms,
    up_the_floors,
    heavy_on_the_live_path,
    undeclared_on_the_live_path,
    second_importers,
    pickles_elsewhere,
]


@pytest.fixture(scope="module")
def our_uses() -> list[Use]:
    return uses(ROOT)


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_source_has_nothing(check: Check, our_uses: list[Use]) -> None:
    assert [str(use) for use in check(our_uses)] == []


def test_tools_and_tests_stay_apart() -> None:
    assert [str(use) for use in against_the_arrows(uses(ROOT, OUTSIDE))] == []


def test_no_module_is_named_like_a_dependency() -> None:
    assert modules_named_like_a_dependency(ROOT) == []


def test_no_modules_import_each_other_in_a_circle() -> None:
    assert circles(ROOT) == []


def test_a_planted_circle_is_found(tmp_path: Path) -> None:
    plant(tmp_path, "server/a.py", "def f():\n    from server.b import g")
    (tmp_path / "server" / "b.py").write_text("from server import a", encoding="utf-8")

    assert set(circles(tmp_path)) == {"server.a", "server.b"}


def test_every_room_is_there() -> None:
    folders = {
        path.name for path in (ROOT / "reenact").iterdir() if (path / "__init__.py").exists()
    }

    assert {f"reenact.{name}" for name in folders - {"cli"}} == set(ROOMS)


def test_all_four_packages_are_read(our_uses: list[Use]) -> None:
    assert {use.module.split(".")[0] for use in our_uses} >= {"reenact", "engines"}
    assert all((ROOT / package / "__init__.py").is_file() for package in MAY_IMPORT)


VIOLATIONS = [
    (against_the_arrows, "engines/ort.py", "from reenact.types import Frame"),
    (against_the_arrows, "reenact/doctor/report.py", "def f():\n    import server.web.app"),
    (against_the_arrows, "export/to_onnx.py", "import server"),
    (against_the_arrows, "engines/ort.py", "from tools import make"),
    (against_the_arrows, "server/web/app.py", "from export import parity"),
    (against_the_arrows, "reenact/cli/main.py", "import server"),
    (into_other_rooms, "reenact/face/align.py", "from reenact.pipeline import Pipeline"),
    (into_other_rooms, "reenact/media/files.py", "def f():\n    from ..packs import pack"),
    (into_other_rooms, "reenact/live/newest.py", "import reenact.webcam.run"),
    (up_the_floors, "server/webrtc/tracks.py", "from server.streams.stream import Stream"),
    (up_the_floors, "server/streams/stream.py", "def f():\n    import server.sessions.rooms"),
    (up_the_floors, "server/sessions/session.py", "from server.web import guard"),
    (up_the_floors, "server/web/api.py", "from ..serve import Service"),
    (up_the_floors, "server/settings.py", "from server.webrtc.ice import Ice"),
    (heavy_on_the_live_path, "reenact/pipeline.py", "def f():\n    import torch.nn"),
    (heavy_on_the_live_path, "reenact/bench.py", "from reenact import nets"),
    (heavy_on_the_live_path, "reenact/packs/pack.py", "from ..evaluate.table import rows"),
    (heavy_on_the_live_path, "reenact/cli/main.py", "from reenact.train import loop"),
    (heavy_on_the_live_path, "server/web/app.py", "from torch import nn"),
    (heavy_on_the_live_path, "engines/ort.py", "import torch"),
    (undeclared_on_the_live_path, "reenact/smooth.py", "from scipy import signal"),
    (undeclared_on_the_live_path, "engines/ort.py", "import numba"),
    (second_importers, "reenact/face/face_nets.py", "from mediapipe.tasks import python"),
    (second_importers, "reenact/convert/run.py", "import av"),
    (pickles_elsewhere, "reenact/packs/pack.py", "import pickle"),
    (pickles_elsewhere, "reenact/train/loop.py", "import torch\ntorch.load('x')"),
    (pickles_elsewhere, "reenact/identities/identity.py", "load(path, allow_pickle=True)"),
    (pickles_elsewhere, "export/to_onnx.py", "from torch import load"),
]


def plant(root: Path, path: str, source: str) -> None:
    target = root / path
    target.parent.mkdir(parents=True)
    target.write_text(source, encoding="utf-8")


@pytest.mark.parametrize(
    ("check", "path", "source"), VIOLATIONS, ids=[f"{row[1]}: {row[2]!r}" for row in VIOLATIONS]
)
def test_planted_violation_is_found(check: Check, path: str, source: str, tmp_path: Path) -> None:
    plant(tmp_path, path, source)

    assert check(uses(tmp_path)) != []


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("tools/bench.py", "from tests.support import clips"),
        ("tests/test_x.py", "import tools.make"),
    ],
)
def test_tools_and_tests_that_import_each_other_are_found(
    path: str, source: str, tmp_path: Path
) -> None:
    plant(tmp_path, path, source)

    assert against_the_arrows(uses(tmp_path, OUTSIDE)) != []


PERMITTED = [
    (against_the_arrows, "reenact/cli/main.py", "def f():\n    from server import app"),
    (against_the_arrows, "server/web/app.py", "from reenact.pipeline import Pipeline"),
    (up_the_floors, "server/serve.py", "from server.web.api import Api"),
    (up_the_floors, "server/web/api.py", "from server.sessions.sessions import Sessions"),
    (up_the_floors, "server/sessions/rooms.py", "from server.webrtc.yuv import Picture"),
    (up_the_floors, "server/webrtc/sdp.py", "from server.limits import Limits"),
    (heavy_on_the_live_path, "reenact/cli/main.py", "def f():\n    import reenact.train.loop"),
    (heavy_on_the_live_path, "reenact/train/loop.py", "import torch"),
    (heavy_on_the_live_path, "engines/pytorch.py", "import torch"),
    (undeclared_on_the_live_path, "reenact/face/geometry.py", "import cv2, math, engines.base"),
    (undeclared_on_the_live_path, "reenact/webcam/camera.py", "def f():\n    import pyvirtualcam"),
    (undeclared_on_the_live_path, "reenact/train/loop.py", "import numba"),
    (second_importers, "reenact/media/video_writer.py", "import av.container"),
    (pickles_elsewhere, "reenact/checkpoints/restyle.py", "import pickle"),
]


@pytest.mark.parametrize(
    ("check", "path", "source"), PERMITTED, ids=[f"{row[1]}: {row[2]!r}" for row in PERMITTED]
)
def test_permitted_import_passes(check: Check, path: str, source: str, tmp_path: Path) -> None:
    plant(tmp_path, path, source)

    assert check(uses(tmp_path)) == []


def test_planted_module_named_like_a_dependency_is_found(tmp_path: Path) -> None:
    plant(tmp_path, "export/onnx.py", "")

    assert modules_named_like_a_dependency(tmp_path) == ["export.onnx"]


LIST_HEAVY_MODULES = """
import sys
import engines.ort, reenact.face.align, reenact.cli.main, reenact.convert.run, reenact.pipeline
import reenact.webcam.virtual_camera, reenact.webcam.run
print(*{"numba", "pyvirtualcam", "torch"} & set(sys.modules))
"""


def test_converting_and_webcam_load_nothing_that_is_optional() -> None:
    run = subprocess.run(
        [sys.executable, "-c", LIST_HEAVY_MODULES],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert (run.returncode, run.stdout.strip()) == (0, ""), run.stderr
