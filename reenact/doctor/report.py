"""`reenact doctor`: can this machine do the default job, on what, and if not, what to do."""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

from reenact.doctor import cameras as doctor_cameras
from reenact.doctor import cards as doctor_cards
from reenact.doctor.checks import Check, checked
from reenact.doctor.conversion import (
    Wanted,
    check_installed,
    check_nets,
    check_pack,
    check_tracker,
    check_video,
)
from reenact.graphics_cards import has_nvidia_driver
from reenact.machine import Machine, this_machine
from reenact.packs.installed import installed_packs


@dataclass(frozen=True, slots=True)
class DoctorReport:
    machine: Machine
    checks: tuple[Check, ...]

    @property
    def ok(self) -> bool:
        """Whether the default job, converting a video with the pack, can run."""
        return all(check.ok for check in self.checks if check.needed)

    def table(self) -> str:
        """For a terminal."""
        verdict = "ready to convert" if self.ok else "not ready to convert: see the lines marked NO"
        return "\n".join([*self.machine.lines(), *(check.row() for check in self.checks), verdict])

    def to_json(self) -> str:
        return json.dumps({"ok": self.ok, **asdict(self)}, indent=2)


def run_doctor(
    *, pack: Wanted = None, device: str = "auto", landmarker: Path | None = None
) -> DoctorReport:
    """Look at everything that a conversion needs or gains from; never raises for what it finds.

    pack: a folder, or the name of an installed pack; the bundled one when None.
    """
    machine = this_machine()
    needed = [
        checked("pack", partial(check_pack, pack)),
        checked("nets", partial(check_nets, pack, device)),
        checked("face tracker", partial(check_tracker, landmarker)),
        checked("video", check_video),
    ]
    return DoctorReport(machine, (*needed, *_of_cards(machine, pack), *_of_cameras(), *_of_packs()))


def _of_cards(machine: Machine, pack: Wanted) -> list[Check]:
    looks: dict[str, Callable[[], str]] = {
        "device": partial(doctor_cards.check_device, pack),
        "ONNX Runtime": partial(doctor_cards.check_runtime, machine.versions),
        "NVIDIA card": doctor_cards.check_cards,
    }
    if has_nvidia_driver():
        looks["CUDA"] = partial(doctor_cards.check_cuda, pack)
        looks["TensorRT"] = partial(doctor_cards.check_tensorrt, pack)
        looks["engines kept"] = doctor_cards.check_kept_engines
    return [checked(name, look, needed=False) for name, look in looks.items()]


def _of_cameras() -> list[Check]:
    return [
        checked("camera", doctor_cameras.check_cameras, needed=False),
        checked("virtual camera", doctor_cameras.check_virtual_camera, needed=False),
    ]


def _of_packs() -> list[Check]:
    """Every other pack that is here."""
    names = list(installed_packs())
    return [checked(f"pack {name}", partial(check_installed, name), needed=False) for name in names]
