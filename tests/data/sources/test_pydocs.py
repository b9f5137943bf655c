"""The English that comes with Python: clean, plentiful, the same every time."""

import subprocess
import sys

import pytest

from lmkit.data.sources.pydocs import PyDocs, _docstrings


@pytest.fixture(scope="module")
def lines() -> list[str]:
    return list(PyDocs().lines())


def test_there_is_enough_to_learn_from(lines):
    assert sum(len(line.split()) + 1 for line in lines) > 150_000


def test_lines_are_read_again_the_same_in_another_process(lines):
    source = PyDocs()
    assert list(source.lines()) == list(source.lines()) == lines


def test_no_sentence_comes_twice(lines):
    assert len(set(lines)) == len(lines)


def test_lines_are_sentences_and_no_code(lines):
    for line in lines:
        assert line == " ".join(line.split())
        assert ">>>" not in line
        assert "::=" not in line
        assert line.rstrip("\"')")[-1] in ".!?:"


def test_reading_imports_no_module_of_the_library():
    code = (
        "import sys; from lmkit.data.sources.pydocs import PyDocs; before = set(sys.modules);"
        "list(PyDocs().lines()); new = {m.partition('.')[0] for m in set(sys.modules) - before};"
        "assert not new & {'antigravity', 'this', 'idlelib', 'tkinter', 'turtle', 'xml'}, new"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_docstrings_are_found_inside_classes_and_conditions(tmp_path):
    path = tmp_path / "module.py"
    path.write_text(
        '"""One."""\nif True:\n    class A:\n        """Two."""\n        def f(self):\n'
        '            """Three."""\n'
    )
    assert _docstrings(path) == ["One.", "Two.", "Three."]


def test_a_broken_file_holds_no_text(tmp_path):
    path = tmp_path / "module.py"
    path.write_text("def (:")
    assert _docstrings(path) == []
