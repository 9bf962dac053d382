"""reenact/identities/constants.py: the file of numbers that enrolment needs."""

from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from reenact.errors import PackError
from reenact.identities.constants import EnrolmentConstants

CODE = (18, 40)
SIZE = CODE[0] * CODE[1]


def good() -> dict[str, np.ndarray]:
    rng = np.random.default_rng(0)
    shapes = {"latent_avg": CODE, "weight": (SIZE, SIZE), "bias": (SIZE,)}
    return {name: rng.normal(size=shape).astype(np.float32) for name, shape in shapes.items()}


def test_constant_is_the_linear_map_of_the_code(tmp_path: Path) -> None:
    """720 rows are more than one block."""
    tensors, code = good(), np.random.default_rng(1).normal(0, 9, CODE).astype(np.float32)
    save_file(tensors, tmp_path / "x")
    constants = EnrolmentConstants(tmp_path / "x", CODE)

    expected = tensors["weight"].astype(np.float64) @ code.ravel() + tensors["bias"]
    np.testing.assert_allclose(constants.map_code(code).ravel(), expected, rtol=1e-6, atol=1e-4)
    assert constants.map_code(code).shape == CODE
    assert np.array_equal(constants.latent_avg, tensors["latent_avg"])


BAD = {
    "average of another shape": {"latent_avg": np.zeros((1, 40), np.float32)},
    "map of another shape": {"weight": np.zeros((SIZE, 1), np.float32)},
    "map in halves": {"weight": np.zeros((SIZE, SIZE), np.float16)},
    "bias of another shape": {"bias": np.zeros(1, np.float32)},
}


@pytest.mark.parametrize("change", BAD.values(), ids=BAD.keys())
def test_other_content_is_refused(tmp_path: Path, change: dict[str, np.ndarray]) -> None:
    save_file({**good(), **change}, tmp_path / "x")

    with pytest.raises(PackError, match=f"{next(iter(change))} must be float32"):
        EnrolmentConstants(tmp_path / "x", CODE)


def test_missing_tensor_is_refused(tmp_path: Path) -> None:
    save_file({"latent_avg": good()["latent_avg"]}, tmp_path / "x")

    with pytest.raises(PackError, match="holds no constants of enrolment"):
        EnrolmentConstants(tmp_path / "x", CODE)


@pytest.mark.parametrize("name", ["latent_avg", "weight", "bias"])
@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_value_that_is_no_number_is_refused(name: str, value: float, tmp_path: Path) -> None:
    tensors = good()
    tensors[name].flat[-1] = value
    save_file(tensors, tmp_path / "x")

    with pytest.raises(PackError, match=f"{name} must be of finite numbers"):
        EnrolmentConstants(tmp_path / "x", CODE).map_code(np.ones(CODE, np.float32))
