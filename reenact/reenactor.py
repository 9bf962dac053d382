"""The reenactor: a pack's nets, loaded. It is stateless, so all streams may share one."""

import time

import numpy as np

from engines.base import Array, TensorSpec
from engines.swap import SwappingEngine
from reenact.backdrop import lay_over_backdrop
from reenact.packs.pack import Pack
from reenact.types import Identity, Image, Latent


class Reenactor:
    """Reads motion and renders an identity doing it. Call it from one thread at a time."""

    def __init__(self, pack: Pack, *, device: str = "auto") -> None:
        """Load the nets of `pack` on `device`, one of `engines.DEVICES`.

        Raises EngineError when the device is not available or a net is not what pack.json says,
        PackError when its file is damaged.
        """
        self.pack = pack
        """The pack that the nets are from."""
        self._motion = pack.open("motion", device)
        self._synthesis = pack.open("synthesis", device)
        (self._motion_input,) = self._motion.inputs
        (self._motion_output,) = self._motion.outputs
        (self._synthesis_input,) = self._synthesis.inputs
        (self._picture,) = self._synthesis.outputs

    @property
    def device(self) -> str:
        """The device on which pictures are really made, such as "cpu" or "cuda"."""
        return self._synthesis.device

    @property
    def reason(self) -> str:
        """Why that is not a better device, and the fix; empty when there is no better one."""
        return self._synthesis.reason

    @property
    def improving(self) -> bool:
        """Whether a better engine is being built; it is compared with the one there at a call."""
        stages = [
            engine.state.stage
            for engine in (self._motion, self._synthesis)
            if isinstance(engine, SwappingEngine)
        ]
        return any(stage in ("building", "trying") for stage in stages)

    def read_motion(self, source: Array) -> Latent:
        """The motion in W+ that `source` shows, (rows, width) float32.

        source: (A,) float32 coefficients of the pack's axes, or a (256, 256, 3) uint8 face, as
        `pack.reads` says. Raises EngineError.
        """
        motion: Latent = self._motion(**{self._motion_input: source[None]})[self._motion_output][0]
        return motion

    def render(self, identity: Identity, motion: Latent) -> Image:
        """`identity` doing `motion`: (size, size, 3) uint8. Raises EngineError.

        Pictures with alpha are laid over a plain backdrop.
        """
        latent = np.asarray(identity.latent + motion, np.float32)[None]
        picture: Image = self._synthesis(**{self._synthesis_input: latent})[self._picture][0]
        return lay_over_backdrop(picture) if picture.shape[2] == 4 else picture

    def wait_for_engines(self, poll_s: float = 0.2) -> None:
        """Use the nets until no better engine is being built: one is tried on a real call."""
        while self.improving:
            for net in (self._motion, self._synthesis):
                net(**{name: _blank(spec) for name, spec in net.inputs.items()})
            time.sleep(poll_s)

    def close(self) -> None:
        """Free the nets; twice is harmless."""
        self._motion.close()
        self._synthesis.close()


def _blank(spec: TensorSpec) -> Array:
    """Zeros of the shape that a net takes, one item."""
    return np.zeros([size or 1 for size in spec.shape], spec.dtype)
