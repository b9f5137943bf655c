"""The names for JSON: what they stand for, and that nothing is loaded for them."""

import json
import subprocess
import sys
from typing import Any, get_args, get_origin

from hypothesis import given
from hypothesis import strategies as st

from lmkit.core import json as names

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_subnormal=False)
    | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


def test_a_value_may_be_anything_and_an_object_has_names() -> None:
    assert names.Json is Any
    assert get_origin(names.JsonObject) is dict
    assert get_args(names.JsonObject) == (str, names.Json)


@given(st.dictionaries(st.text(), VALUES))
def test_an_object_is_what_json_reads(value: names.JsonObject) -> None:
    assert json.loads(json.dumps(value)) == value


def test_the_module_does_not_stand_in_the_way_of_the_standard_library() -> None:
    program = "import lmkit.core.json, json; assert json.dumps({}) == '{}'"
    subprocess.run([sys.executable, "-c", program], check=True)
