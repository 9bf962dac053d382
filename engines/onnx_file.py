"""An ONNX file, read once and checked before any runtime sees it.

Runtimes would follow a reference from the file to any file of this machine, or to memory, and the
hash of a pack covers nothing outside the file. So a file that could hold one, or that a runtime
could read otherwise than this check does, is refused. The live path has no `onnx` package.
"""

import hashlib
from dataclasses import dataclass, field
from pathlib import Path

from engines.base import EngineError
from engines.onnx_messages import ONNX
from engines.strict_protobuf import Field, Value, read_fields
from engines.wire_format import UnreadableError

LARGEST = (1 << 31) - 1
"""Bytes of a file; no protocol buffer may have more."""


@dataclass(frozen=True, slots=True)
class OnnxFile:
    """The content of an ONNX file that is whole in itself: one that is not cannot be made.

    Raises EngineError for content that is refused.
    """

    name: str
    """The file's name, for messages."""
    content: bytes = field(repr=False)
    """The file's bytes, which a runtime must be given instead of a path."""

    def __post_init__(self) -> None:
        try:
            self._check()
        except UnreadableError as error:
            raise EngineError(
                f"{self.name} is no ONNX file that every runtime reads alike ({error}); "
                "export it again"
            ) from error

    @property
    def sha256(self) -> str:
        """SHA-256 of the content, in lower-case hexadecimal."""
        return hashlib.sha256(self.content).hexdigest()

    def _check(self) -> None:
        if len(self.content) > LARGEST:
            raise UnreadableError(f"it has more than {LARGEST} bytes")
        has_graph = False
        for message, part, value in read_fields(self.content, ONNX, "ModelProto"):
            has_graph |= (message, part.name) == ("ModelProto", "graph")
            if message == "TensorProto" and _leads_elsewhere(part, value):
                raise EngineError(
                    f"{self.name} keeps weights in another file, which is refused: "
                    "export it again as one file (external_data=False)"
                )
            if _is_built_engine(message, part, value):
                raise EngineError(
                    f"{self.name} holds a built engine, which is code and therefore never "
                    "accepted; give the ONNX file that it was built from"
                )
        if not has_graph:
            raise UnreadableError("it has no graph")


def read_onnx(path: Path) -> OnnxFile:
    """Read the ONNX file at `path`. Raises EngineError when it is missing, or refused."""
    try:
        with path.open("rb") as stream:
            content = stream.read(LARGEST + 1)
    except OSError as error:
        raise EngineError(f"no net at {path} ({error.strerror}); check the path") from error
    return OnnxFile(path.name, content)


def sha256_of(path: Path) -> str:
    """SHA-256 of a file, in lower-case hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _is_built_engine(message: str, part: Field, value: Value) -> bool:
    """Whether a field says that its node is an engine which ONNX Runtime runs as it is."""
    return (
        isinstance(value, memoryview)
        and (message, part.name) == ("NodeProto", "op_type")
        and value.tobytes() == b"EPContext"
    )


def _leads_elsewhere(part: Field, value: Value) -> bool:
    """Whether a field of a tensor says that the tensor's values are not in the file."""
    return part.name == "external_data" or (part.name == "data_location" and value != 0)
