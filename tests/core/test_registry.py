"""Registries: names listed without loading, and objects imported on first use."""

import subprocess
import sys

import pytest

from lmkit.core.errors import UnknownNameError
from lmkit.core.registry import Registry

LINES = {
    "square root": "math:sqrt",
    "join": "os.path:join",
    "missing module": "lmkit.no_such_module:thing",
    "missing attribute": "math:no_such_function",
}


@pytest.fixture
def registry() -> Registry[object]:
    return Registry("function", LINES)


def test_names_keep_their_order(registry: Registry[object]) -> None:
    assert registry.names() == tuple(registry) == tuple(LINES)
    assert "join" in registry
    assert "glue" not in registry
    assert 3 not in registry


def test_an_object_is_imported_from_its_module(registry: Registry[object]) -> None:
    import math
    import os.path

    assert registry.get("square root") is math.sqrt
    assert registry.get("join") is os.path.join


def test_an_unknown_name_is_refused_with_its_kind_and_the_nearest(
    registry: Registry[object],
) -> None:
    with pytest.raises(UnknownNameError, match="no function named 'jion'; did you mean 'join'"):
        registry.get("jion")


def test_a_line_that_leads_nowhere_is_a_bug_that_shows(registry: Registry[object]) -> None:
    with pytest.raises(ModuleNotFoundError):
        registry.get("missing module")
    with pytest.raises(AttributeError):
        registry.get("missing attribute")


def test_later_changes_of_the_table_given_do_not_count() -> None:
    lines = {"join": "os.path:join"}
    registry: Registry[object] = Registry("function", lines)
    lines["more"] = "math:sqrt"
    assert registry.names() == ("join",)


def test_listing_and_mistyping_load_nothing() -> None:
    program = """
import sys
from lmkit.core.registry import Registry
registry = Registry("thing", {"page": "colorsys:rgb_to_hsv"})
assert registry.names() == ("page",) and "page" in registry
try:
    registry.get("pgae")
except Exception as error:
    assert "did you mean 'page'" in str(error), error
assert "colorsys" not in sys.modules
registry.get("page")
assert "colorsys" in sys.modules
assert "torch" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", program], check=True)
