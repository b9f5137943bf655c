"""Measure the shape of the source tree: sizes, docstrings, imports, tests; before and after.

    .venv/bin/python scripts/house.py                      the tree of this checkout
    .venv/bin/python scripts/house.py --against v0.1.0     beside that of a commit
    .venv/bin/python scripts/house.py --json               as one JSON object

Definitions:

- Source files are the `*.py` below `lmkit/`; test files are `test_*.py` and `conftest.py` below
  `tests/`. The length of a file counts all its lines; code lines and test lines are those that are
  not blank.
- The length of a function reaches from its `def` to its last line, docstring included. Its
  arguments are counted without `self` and `cls`; `*args` and `**kwargs` count as one each.
- Public are functions, methods and classes whose own name and whose class have no leading
  underscore. Functions inside functions are left out, and so are methods with `@override`, which
  take the docstring of what they override.
- A docstring opens with a question word if its first word is What, Who, How, Which, Where, Why,
  When or Whether. The percentage of class docstrings counts the first four alone.
- An import circle is a group of modules each of which imports, directly or through others, all the
  others. "When loaded" counts the imports at the top of a module; "at any time" adds those inside
  functions and under TYPE_CHECKING. Names in registries are strings, and no imports.
- Packages are what lies directly in `lmkit/`. An arrow leads from one package to another that any
  of its modules imports. Of n packages, n (n - 1) / 2 arrows are possible, since two of them may
  not import each other. Arrows against the layers are those at any time from a layer in
  `pyproject.toml` to a higher one, or to another package of the same layer.
- A source file is mirrored if `lmkit/x/y.py` has its `tests/x/test_y.py`. `__init__.py` and
  `__main__.py` need none.
"""

import argparse
import ast
import io
import json
import statistics
import subprocess
import tarfile
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from source_tree import (
    Definition,
    SourceTree,
    circles,
    first_word,
    has_decorator,
    length_of,
    mirror_of,
    read,
)

ROOT = Path(__file__).resolve().parents[1]
QUESTIONS = ("What", "Who", "How", "Which", "Where", "Why", "When", "Whether")
REVIEWED = QUESTIONS[:4]  # the words an earlier review counted in class docstrings
LONG_FILE, MANY_ARGUMENTS = 300, 5


def main() -> None:
    """Print the figures of this checkout, and of a commit where one is named."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=_AsWritten)
    parser.add_argument("--against", metavar="GITREF", help="a commit to stand beside")
    parser.add_argument("--json", action="store_true", help="one JSON object in place of a table")
    options = parser.parse_args()
    found = {}
    if options.against:
        with checkout(options.against) as folder:
            found[options.against] = measures(SourceTree(folder))
    found["now"] = measures(SourceTree(ROOT))
    print(json.dumps(found, indent=2) if options.json else table(found))


_AsWritten = argparse.RawDescriptionHelpFormatter


@contextmanager
def checkout(commit: str) -> Iterator[Path]:
    """Give a folder with the files of a commit, for as long as it is needed."""
    files = ["git", "-C", str(ROOT), "archive", commit, "lmkit", "tests", "pyproject.toml"]
    packed = subprocess.run(files, check=True, capture_output=True).stdout
    with tempfile.TemporaryDirectory() as folder:
        with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
            archive.extractall(folder, filter="data")
        yield Path(folder)


def table(found: Mapping[str, Mapping[str, float]]) -> str:
    """Return figures as a Markdown table, one column for each tree."""
    names = list(dict.fromkeys(name for column in found.values() for name in column))
    lines = [f"| | {' | '.join(found)} |", f"| --- |{' ---: |' * len(found)}"]
    for name in names:
        values = " | ".join(f"{column[name]:g}" for column in found.values())
        lines.append(f"| {name} | {values} |")
    return "\n".join(lines)


def measures(tree: SourceTree) -> dict[str, float]:
    """Return the figures of a tree by name; those named so in per cent.

    Args:
        tree: The sources and tests.

    Returns:
        Figures in the order of the table.
    """
    return {**_sizes(tree), **_docstrings(tree), **_tests(tree), **_imports_drawn(tree)}


def _sizes(tree: SourceTree) -> dict[str, float]:
    lengths = [module.lines for module in tree.modules]
    functions = [node for _, node in _everything(tree) if not isinstance(node, ast.ClassDef)]
    arguments = [_arguments(node) for node in functions]
    return {
        "source files": len(lengths),
        f"files of at most {LONG_FILE} lines, %": _percent(n <= LONG_FILE for n in lengths),
        "longest file, lines": max(lengths, default=0),
        "median function, lines": statistics.median(map(length_of, functions)) if functions else 0,
        "longest function, lines": max(map(length_of, functions), default=0),
        f"functions over {MANY_ARGUMENTS} arguments, %": _percent(
            count > MANY_ARGUMENTS for count in arguments
        ),
    }


def _docstrings(tree: SourceTree) -> dict[str, float]:
    public = [node for name, node in _everything(tree) if _is_public(name, node)]
    classes = [node for _, node in _everything(tree) if isinstance(node, ast.ClassDef)]
    openings = [first_word(text) for node in classes if (text := ast.get_docstring(node))]
    everywhere = [first_word(text) for module in tree.modules for _, text in module.docstrings()]
    return {
        "public docstrings, %": _percent(ast.get_docstring(node) is not None for node in public),
        f"class docstrings that open with {', '.join(REVIEWED)}, %": _percent(
            word in REVIEWED for word in openings
        ),
        "docstrings that open with a question word": sum(word in QUESTIONS for word in everywhere),
        "docstrings": len(everywhere),
    }


def _tests(tree: SourceTree) -> dict[str, float]:
    code = sum(_filled_lines(module.text) for module in tree.modules)
    test = sum(_filled_lines(read(path)) for path in tree.tests)
    needed = [module for module in tree.modules if not module.path.name.startswith("__")]
    return {
        "code lines": code,
        "test lines": test,
        "test lines per code line": round(test / code, 3) if code else 0,
        "files with a mirrored test, %": _percent(
            (tree.root / mirror_of(module.path)).is_file() for module in needed
        ),
        "files without a mirrored test": len(tree.without_mirror()),
    }


def _imports_drawn(tree: SourceTree) -> dict[str, float]:
    at_any_time = tree.package_graph(with_deferred=True)
    return {
        "import circles when loaded": len(circles(tree.import_graph(with_deferred=False))),
        "import circles at any time": len(circles(tree.import_graph(with_deferred=True))),
        "packages": len(at_any_time),
        "arrows when loaded, % of possible": _density(tree.package_graph(with_deferred=False)),
        "arrows at any time, % of possible": _density(at_any_time),
        "arrows against the layers": len(tree.arrows_against_layers()),
    }


def _density(graph: Mapping[str, set[str]]) -> float:
    possible = len(graph) * (len(graph) - 1) / 2
    return round(100 * sum(map(len, graph.values())) / possible, 1) if possible else 0.0


def _everything(tree: SourceTree) -> Iterator[tuple[str, Definition]]:
    return (found for module in tree.modules for found in module.definitions())


def _is_public(name: str, node: Definition) -> bool:
    is_private = any(part.startswith(("_", "<")) for part in name.split("."))
    return not is_private and not has_decorator(node, "override")


def _arguments(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    given = node.args
    named = [a.arg for a in (*given.posonlyargs, *given.args, *given.kwonlyargs)]
    starred = [argument for argument in (given.vararg, given.kwarg) if argument]
    return len([name for name in named if name not in ("self", "cls")]) + len(starred)


def _filled_lines(text: str) -> int:
    return sum(bool(line.strip()) for line in text.splitlines())


def _percent(facts: Iterable[bool]) -> float:
    held = list(facts)
    return round(100 * sum(held) / len(held), 1) if held else 0.0


if __name__ == "__main__":
    main()
