"""Modules, imports and layers are read as a small tree written by hand has them."""

import ast
from pathlib import Path

import pytest
from source_tree import (
    SourceTree,
    circles,
    first_word,
    has_decorator,
    length_of,
    mirror_of,
)

FILES = {
    "pyproject.toml": """
[[tool.importlinter.contracts]]
name = "no layers here"
type = "forbidden"
[[tool.importlinter.contracts]]
name = "layers"
type = "layers"
layers = ["cli", "models | (serve)", "core"]
""",
    "lmkit/__init__.py": '"""The package."""\n',
    "lmkit/cli/__init__.py": '"""Commands."""\nfrom lmkit.models import base\n',
    "lmkit/models/__init__.py": '"""Models."""\n',
    "lmkit/models/base.py": '"""Base."""\nimport lmkit.core.errors\nfrom . import state\n',
    "lmkit/models/state.py": '''"""State."""
from typing import TYPE_CHECKING
if TYPE_CHECKING:
    from lmkit.models.base import Base

class State:
    """A state."""

    def read(self):
        """Read."""
        from lmkit.cli import app
        def inner(): ...
''',
    "lmkit/core/errors.py": '"""Errors."""\nimport torch\nfrom ..core import names\n',
    "lmkit/core/names.py": '"""Names."""\n',
    "tests/conftest.py": "",
    "tests/models/test_base.py": "",
    "tests/data/make.py": "",
}


@pytest.fixture
def tree(tmp_path: Path) -> SourceTree:
    for name, text in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return SourceTree(tmp_path)


def test_a_module_is_named_as_it_is_imported(tree):
    names = [module.name for module in tree.modules]
    assert names[:3] == ["lmkit", "lmkit.cli", "lmkit.core.errors"]
    assert [module.place for module in tree.modules[:3]] == ["__init__", "cli", "core"]


def test_imports_are_those_of_the_package_alone(tree):
    graph = tree.import_graph(with_deferred=False)
    assert graph["lmkit.cli"] == {"lmkit.models.base"}
    assert graph["lmkit.models.base"] == {"lmkit.core.errors", "lmkit.models.state"}
    assert graph["lmkit.core.errors"] == {"lmkit.core.names"}
    assert graph["lmkit.models.state"] == set()


def test_imports_in_functions_and_for_types_come_later(tree):
    later = tree.import_graph(with_deferred=True)["lmkit.models.state"]
    assert later == {"lmkit.models.base", "lmkit.cli"}


def test_circles_are_found_once_and_whole(tree):
    assert circles(tree.import_graph(with_deferred=False)) == []
    assert circles(tree.import_graph(with_deferred=True)) == [
        ["lmkit.cli", "lmkit.models.base", "lmkit.models.state"]
    ]
    two = {"a": {"b"}, "b": {"a"}, "c": {"a", "d"}, "d": {"c"}, "e": {"e", "a"}}
    assert circles(two) == [["a", "b"], ["c", "d"]]


def test_packages_point_to_the_packages_of_their_modules(tree):
    assert tree.package_graph(with_deferred=False) == {
        "cli": {"models"},
        "core": set(),
        "models": {"core"},
    }


def test_an_arrow_upward_is_against_the_layers(tree):
    assert tree.layers() == [{"cli"}, {"models", "serve"}, {"core"}]
    assert tree.arrows_against_layers() == [("models", "cli")]


def test_a_package_without_a_layer_is_against_them(tree):
    new = tree.root / "lmkit" / "new.py"
    new.write_text("import lmkit.core.names\n", encoding="utf-8")
    assert ("new", "core") in SourceTree(tree.root).arrows_against_layers()


def test_mirrors_are_file_for_file(tree):
    assert mirror_of(Path("lmkit/models/base.py")) == Path("tests/models/test_base.py")
    missing = [str(path) for path in tree.without_mirror()]
    assert missing == ["lmkit/core/errors.py", "lmkit/core/names.py", "lmkit/models/state.py"]


def test_test_files_are_those_that_pytest_reads(tree):
    names = [path.name for path in tree.tests]
    assert names == ["conftest.py", "test_base.py"]


def test_definitions_are_listed_with_their_surroundings(tree):
    state = next(module for module in tree.modules if module.name == "lmkit.models.state")
    assert [name for name, _ in state.definitions()] == [
        "State",
        "State.read",
        "State.read.<locals>.inner",
    ]
    assert [text for _, text in state.docstrings()] == ["State.", "A state.", "Read."]
    assert [where for where, _ in state.docstrings()][1] == "lmkit/models/state.py:6 State"


def test_the_length_of_a_definition_leaves_its_decorators_out():
    found = ast.parse("@cache\n@wrap(1)\ndef f():\n    return 1\n").body[0]
    assert length_of(found) == 2
    assert has_decorator(found, "cache")
    assert has_decorator(found, "wrap")
    assert not has_decorator(found, "override")


@pytest.mark.parametrize(
    ("text", "word"),
    [("What is read.", "What"), ("What's read", "What"), ("`next`: words", "next"), ("", "")],
)
def test_the_first_word_is_told_from_its_punctuation(text, word):
    assert first_word(text) == word
