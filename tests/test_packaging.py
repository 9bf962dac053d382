"""The wheel holds the whole product, and runs from anywhere."""

import itertools
import os
import re
import subprocess
import sys
import tomllib
import venv
import zipfile
from itertools import islice
from pathlib import Path

import pytest

from reenact.media.video_probe import probe_video
from reenact.media.video_reader import read_frames
from reenact.media.video_writer import SegmentWriter
from reenact.packs.bundled import DRIVER

ROOT = Path(__file__).parents[1]

PACKAGES = ("reenact", "engines", "export", "server")

CALL_THE_COMMAND = "import sys, reenact.cli.main; sys.exit(reenact.cli.main.main())"
"""What the script that pip makes from the entry point does."""

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built with the backend of this environment, so without the network."""
    folder = tmp_path_factory.mktemp("wheel")
    run_python("-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT))
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def names(wheel: Path) -> set[str]:
    return set(zipfile.ZipFile(wheel).namelist())


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel unpacked where nothing of the source tree is."""
    folder = tmp_path_factory.mktemp("installed")
    zipfile.ZipFile(wheel).extractall(folder)
    return folder


def run_python(*arguments: str, cwd: Path | None = None) -> str:
    return run_program(Path(sys.executable), *arguments, cwd=cwd)


def run_program(program: Path, *arguments: str, cwd: Path | None = None) -> str:
    """What it prints. It finds no source tree but its own."""
    free = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    run = subprocess.run(
        [program, *arguments], cwd=cwd, env=free, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stdout + run.stderr
    return run.stdout


@pytest.mark.parametrize("package", PACKAGES)
def test_wheel_holds_every_source_file_of(package: str, names: set[str]) -> None:
    sources = {path.relative_to(ROOT).as_posix() for path in (ROOT / package).rglob("*.py")}

    assert sources <= names


@pytest.mark.parametrize("package", PACKAGES)
def test_wheel_tells_type_checkers_to_read_the_annotations_of(
    package: str, names: set[str]
) -> None:
    assert f"{package}/py.typed" in names


def test_wheel_holds_every_file_of_the_bundled_data(names: set[str]) -> None:
    data = (path for path in (ROOT / "reenact/packs_data").rglob("*") if path.is_file())
    wanted = {path.relative_to(ROOT).as_posix() for path in data if path.suffix != ".pyc"}

    assert wanted
    assert wanted <= names


def test_wheel_holds_licence_and_notice(names: set[str]) -> None:
    assert {Path(name).name for name in names if ".dist-info/licenses/" in name} == {
        "LICENSE",
        "NOTICE",
    }


def test_wheel_holds_nothing_but_the_four_packages(names: set[str]) -> None:
    tops = {name.split("/")[0] for name in names}

    assert {top for top in tops if not top.endswith(".dist-info")} == set(PACKAGES)


def test_wheel_declares_the_command(wheel: Path, names: set[str]) -> None:
    entry_points = next(name for name in names if name.endswith("entry_points.txt"))

    text = zipfile.ZipFile(wheel).read(entry_points).decode()
    assert "reenact = reenact.cli.main:main" in text


def test_installed_wheel_lists_its_identities(installed: Path) -> None:
    """Run from the folder it was unpacked in, so that no other copy can answer."""
    where = run_python("-c", "import reenact; print(reenact.__file__)", cwd=installed)
    listed = run_python("-c", CALL_THE_COMMAND, "identity", "list", cwd=installed)

    assert Path(where.strip()).is_relative_to(installed)
    assert listed.strip()


@pytest.fixture(scope="module")
def fresh(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The programs of an environment that holds the wheel, in the versions of constraints.txt."""
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, with_pip=False)
    programs = folder / ("Scripts" if os.name == "nt" else "bin")
    pip = [sys.executable, "-m", "pip", "--python", str(programs / "python"), "install"]
    # Modules are compiled as they are imported: pip would compile all, and most are not.
    pip += ["--quiet", "--no-compile", "--constraint", str(ROOT / "constraints.txt"), str(wheel)]
    run = subprocess.run(pip, capture_output=True, text=True, check=False)
    if run.returncode and "Retrying" in run.stderr:
        pytest.skip("the package index is out of reach: NOBODY installed the wheel")
    assert run.returncode == 0, run.stderr
    return programs


def test_wheel_in_an_empty_environment_lists_and_converts(fresh: Path, tmp_path: Path) -> None:
    clip = trim(DRIVER, tmp_path / "driver.mp4", frames=5)

    listed = run_program(fresh / "reenact", "identity", "list", cwd=tmp_path)
    run_program(fresh / "reenact", "convert", clip.name, "out.mp4", cwd=tmp_path)

    assert "ines" in listed
    assert probe_video(tmp_path / "out.mp4").frames == 5


def trim(source: Path, target: Path, *, frames: int) -> Path:
    """The beginning of a video, without its sound."""
    info = probe_video(source)
    with SegmentWriter(target, info, quality=10) as writer:
        for frame in islice(read_frames(source, info), frames):
            writer.write(frame.image, frame.pts)
    return target


def test_every_extra_but_the_proprietary_ones_is_constrained() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    wanted = [*project["dependencies"], *extras["train"], *extras["export"], *extras["dev"]]
    names = {requirement.split(">")[0].split("[")[0] for requirement in wanted}
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pinned = {line.split("==")[0] for line in lines if "==" in line}

    assert names <= pinned


def test_every_dependency_is_in_the_table_of_what_would_ask_the_network() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = {**project["optional-dependencies"], "dev": ["filelock>"]}
    wanted = [*project["dependencies"], *itertools.chain(*extras.values())]
    lines = (ROOT / "docs" / "network.md").read_text(encoding="utf-8").splitlines()
    rows = [line.split("|")[1].strip() for line in lines if line.startswith("| ")]

    assert rows[1:] == sorted({re.split("[>[]", requirement)[0] for requirement in wanted})
