"""The figures of a tree are those counted by hand, and two trees stand beside each other."""

import json
import subprocess
import sys
from pathlib import Path

import house
import pytest
from source_tree import SourceTree

WIDE = '''"""How wide things are."""

class Size:
    """What a size is."""

    def area(self, a, b, c, d, *, e):
        return a

    @override
    def depth(self, a, b, c, d, *e, **f):
        pass

class Shape:
    """A shape."""

class _Hidden:
    def shown(self): ...

def read(x):
    """Read."""

    def inner(): ...
'''
LAYERS = """
[[tool.importlinter.contracts]]
type = "layers"
layers = ["wide", "core"]
"""
FILES = {
    "pyproject.toml": LAYERS,
    "lmkit/__init__.py": '"""The package."""\n',
    "lmkit/wide.py": WIDE,
    "lmkit/core/__init__.py": '"""The core."""\nfrom lmkit import wide\n',
    "lmkit/core/names.py": '"""Names."""\n' + "x = 1\n" * 300,
    "tests/test_wide.py": "x = 1\n\ny = 2\n",
    "tests/data/large.py": "x = 1\n" * 900,
}


@pytest.fixture
def figures(tmp_path: Path) -> dict[str, float]:
    for name, text in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return house.measures(SourceTree(tmp_path))


def test_sizes_are_counted_in_lines(figures):
    assert figures["source files"] == 4
    assert figures["files of at most 300 lines, %"] == 75
    assert figures["longest file, lines"] == 301
    assert figures["median function, lines"] == 2  # 1, 1, 2, 2, 4
    assert figures["longest function, lines"] == 4


def test_arguments_leave_out_self(figures):
    assert figures["functions over 5 arguments, %"] == 20


def test_docstrings_are_asked_of_what_is_public_and_no_override(figures):
    # Size, Size.area, Shape and read; area has none.
    assert figures["public docstrings, %"] == 75
    assert figures["class docstrings that open with What, Who, How, Which, %"] == 50
    assert figures["docstrings that open with a question word"] == 2
    assert figures["docstrings"] == 7


def test_test_lines_are_those_that_pytest_reads(figures):
    filled = sum(bool(line.strip()) for line in WIDE.splitlines())
    assert figures["code lines"] == 1 + filled + 2 + 301
    assert figures["test lines"] == 2
    assert figures["test lines per code line"] == pytest.approx(2 / (304 + filled), abs=1e-3)


def test_mirrors_and_arrows_are_counted(figures):
    assert figures["files with a mirrored test, %"] == 50
    assert figures["files without a mirrored test"] == 1
    assert figures["packages"] == 2
    assert figures["arrows when loaded, % of possible"] == 100
    assert figures["arrows against the layers"] == 1
    assert figures["import circles at any time"] == 0


def test_an_empty_tree_has_figures_too(tmp_path):
    (tmp_path / "pyproject.toml").write_text(FILES["pyproject.toml"], encoding="utf-8")
    assert set(house.measures(SourceTree(tmp_path)).values()) == {0}


def test_two_trees_stand_beside_each_other():
    shown = house.table({"before": {"files": 10, "share": 12.5}, "now": {"files": 9, "share": 0.0}})
    assert shown.splitlines() == [
        "| | before | now |",
        "| --- | ---: | ---: |",
        "| files | 10 | 9 |",
        "| share | 12.5 | 0 |",
    ]


@pytest.mark.slow
def test_the_script_measures_this_checkout():
    script = Path(house.__file__)
    shown = subprocess.run(
        [sys.executable, str(script), "--json"], check=True, capture_output=True, text=True
    ).stdout
    assert json.loads(shown) == {"now": house.measures(SourceTree(house.ROOT))}


@pytest.mark.slow
def test_a_commit_is_measured_as_it_was_committed():
    if not (house.ROOT / ".git").exists():
        pytest.skip("this checkout has no history")
    with house.checkout("HEAD") as folder:
        assert house.measures(SourceTree(folder))["source files"] > 0
    assert not folder.exists()
