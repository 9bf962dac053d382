"""`reenact doctor`: whether this machine can convert a video, on what, and what to mend."""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

from reenact.doctor import cameras as doctor_cameras
from reenact.doctor import cards as doctor_cards
from reenact.doctor.checks import Check, run_check
from reenact.doctor.conversion import (
    Wanted,
    check_installed,
    check_nets,
    check_pack,
    check_tracker,
    check_video,
)
from reenact.errors import ReenactError
from reenact.graphics_cards import has_nvidia_driver
from reenact.machine import Machine, describe_machine
from reenact.packs.installed import list_packs


@dataclass(frozen=True, slots=True)
class DoctorReport:
    """Everything that the doctor found."""

    machine: Machine
    """The machine it ran on."""
    checks: tuple[Check, ...]
    """Outcomes, those that a conversion needs first."""

    @property
    def ok(self) -> bool:
        """Whether the default job, converting a video with the pack, can run."""
        return all(check.ok for check in self.checks if check.needed)

    def table(self) -> str:
        """The report as lines for a terminal."""
        verdict = "ready to convert" if self.ok else "not ready to convert: see the lines marked NO"
        return "\n".join([*self.machine.lines(), *(check.row() for check in self.checks), verdict])

    def to_json(self) -> str:
        return json.dumps({"ok": self.ok, **asdict(self)}, indent=2)


def run_doctor(
    *, pack: Wanted = None, device: str = "auto", landmarker: Path | None = None
) -> DoctorReport:
    """Check everything that a conversion needs or gains from; never raises for what it finds.

    pack: a folder, or the name of an installed pack; the bundled one when None.
    """
    machine = describe_machine()
    needed = [
        run_check("pack", partial(check_pack, pack)),
        run_check("nets", partial(check_nets, pack, device)),
        run_check("face tracker", partial(check_tracker, landmarker)),
        run_check("video", check_video),
    ]
    return DoctorReport(
        machine, (*needed, *_check_cards(machine, pack), *_check_cameras(), *_check_packs())
    )


def _check_cards(machine: Machine, pack: Wanted) -> list[Check]:
    checks: dict[str, Callable[[], str]] = {
        "device": partial(doctor_cards.check_device, pack),
        "ONNX Runtime": partial(doctor_cards.check_runtime, machine.versions),
        "NVIDIA card": doctor_cards.check_cards,
    }
    if has_nvidia_driver():
        checks["CUDA"] = partial(doctor_cards.check_cuda, pack)
        checks["TensorRT"] = partial(doctor_cards.check_tensorrt, pack)
        checks["engines kept"] = doctor_cards.check_kept_engines
    return [run_check(name, check, needed=False) for name, check in checks.items()]


def _check_cameras() -> list[Check]:
    return [
        run_check("camera", doctor_cameras.check_cameras, needed=False),
        run_check("virtual camera", doctor_cameras.check_virtual_camera, needed=False),
    ]


def _check_packs() -> list[Check]:
    """Every installed pack."""
    try:
        names = list(list_packs())
    except ReenactError as error:
        return [Check("packs", False, str(error), needed=False)]
    return [
        run_check(f"pack {name}", partial(check_installed, name), needed=False) for name in names
    ]
