import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reenact.axes import AXES
from reenact.types import EXPRESSION_AXES
from server.errors import SettingsError
from server.settings import GAINS, StreamSettings

PEOPLE = ("ada", "ben")
START = StreamSettings("ada")


@pytest.mark.parametrize(
    "values",
    [
        {"identity": "ben"},
        {"smoothing": 0},
        {"smoothing": 0.25, "alpha": 2},
        {"relative": True, "measure": True},
        {},
    ],
    ids=str,
)
def test_good_settings_are_taken(values: dict[str, Any]) -> None:
    changed = START.change(values, PEOPLE)

    assert {name: getattr(changed, name) for name in values} == values
    kept = {name: value for name, value in START.as_json().items() if name not in values}
    assert {name: changed.as_json()[name] for name in kept} == kept


def test_gains_not_named_stay() -> None:
    changed = START.change({"gains": {"head": 0.5}}, PEOPLE).change({"gains": {"eyes": 2}}, PEOPLE)

    assert changed.gains == {"head": 0.5, "eyes": 2.0, "brows": 1.0, "mouth": 1.0}
    assert changed.axis_gains(EXPRESSION_AXES)["yaw"] == 0.5
    assert changed.axis_gains(AXES)["eyeBlinkLeft"] == 2.0
    assert set(changed.axis_gains(AXES)) == set(AXES)


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ([], "must be an object"),
        ("x", "must be an object"),
        ({"identity": "eve"}, "no identity 'eve'"),
        ({"identity": 3}, "no identity '3'"),
        ({"identity": ["ada"]}, "no identity"),
        ({"smoothing": 1.1}, "from 0 to 1"),
        ({"smoothing": -0.1}, "from 0 to 1"),
        ({"smoothing": True}, "from 0 to 1"),
        ({"smoothing": "1"}, "got text"),
        ({"smoothing": None}, "got null"),
        ({"alpha": float("nan")}, "from 0 to 2"),
        ({"alpha": float("inf")}, "from 0 to 2"),
        ({"alpha": 10**400}, "from 0 to 2"),
        ({"relative": 1}, "true or false"),
        ({"gains": {"nose": 1}}, "head, eyes, brows, mouth"),
        ({"gains": {"head": 2.5}}, "gain head"),
        ({"gains": 2}, "an object of"),
        ({"colour": 1}, "unknown setting 'colour'"),
        ({"as_json": 1}, "unknown setting"),
    ],
    ids=str,
)
def test_bad_settings_are_refused_in_a_sentence(values: Any, says: str) -> None:
    with pytest.raises(SettingsError, match=says):
        START.change(values, PEOPLE)


def test_a_pack_without_gains_refuses_them() -> None:
    with pytest.raises(SettingsError, match="an object of nothing"):
        START.change({"gains": {"head": 1}}, PEOPLE, ())


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.sampled_from([*GAINS]), inner),
    max_leaves=5,
)


@given(st.dictionaries(st.sampled_from([*START.as_json(), "x"]), JSON))
def test_whatever_comes_is_taken_or_refused(values: dict[str, Any]) -> None:
    try:
        changed = START.change(values, PEOPLE)
    except SettingsError:
        return
    json.dumps(changed.as_json(), allow_nan=False)
