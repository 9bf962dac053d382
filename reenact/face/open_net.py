"""Opens a face net on the processor, warm and with its tensors checked.

A call computes on one core: the device thread, the codecs and other streams need the others, and a
second one made neither net faster (4.6 ms and 2.3 ms a call on one core of two as on both).
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from engines import open_shared
from engines.base import Engine, EngineError, TensorSpec
from reenact.errors import TrackerError
from reenact.media.files import translate_os_errors

_ZIP = b"PK\x03\x04"  # what MediaPipe's bundles are


def open_net(path: Path, inputs: Sequence[TensorSpec], outputs: Sequence[TensorSpec]) -> Engine:
    """The net in the ONNX file `path`, which takes one uint8 picture.

    Raises TrackerError when the file cannot be read, is damaged, or is another net.
    """
    advice = "name another --landmarker"
    with translate_os_errors(path, "cannot be read", advice, raised=TrackerError):
        _refuse_bundle(path)
        try:
            net = open_shared(path, inputs=inputs, outputs=outputs)
            shape = net.inputs["picture"].shape
            net(picture=np.zeros([size or 1 for size in shape], np.uint8))
        except EngineError as error:
            raise TrackerError(
                f"{path} must be a face net as `reenact models landmarker` writes it, but {error}"
            ) from error
    return net


def _refuse_bundle(path: Path) -> None:
    with path.open("rb") as file:
        if file.read(4) != _ZIP:
            return
    raise TrackerError(
        f"{path} is a bundle of MediaPipe, whose landmark net must be translated once: "
        f"reenact models landmarker {path} landmarker.onnx, then --landmarker landmarker.onnx"
    )
