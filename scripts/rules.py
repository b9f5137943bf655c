"""Rules of the source tree that no other checker knows, and where they are broken.

    .venv/bin/python scripts/rules.py              every rule, and how many places break it
    .venv/bin/python scripts/rules.py NAME...      those places, a line each

`tests/test_architecture.py` holds the tree to them. What the words of a rule mean (a file's length,
a mirrored test, an import circle) is defined in `house.py`.
"""

import argparse
import ast
import io
import re
import tokenize
from collections.abc import Callable, Iterator
from pathlib import Path

from house import QUESTIONS, measures
from old_names import OLD_MODULES, OLD_NAMES
from source_tree import (
    PACKAGE,
    Module,
    SourceTree,
    circles,
    first_word,
    has_decorator,
    length_of,
    mirror_of,
    read,
)

ROOT = Path(__file__).resolve().parents[1]
LONGEST_FILE, LONGEST_CLASS, LONGEST_FUNCTION = 400, 250, 50
LONGEST_README = 120
FEWEST_WORDS, MOST_WORDS = 25, 40  # of the glossary
TEST_LINES = 0.8  # of a code line
SAYS_NOTHING = ("common", "helpers", "manager", "misc", "process", "utils")

Method = ast.FunctionDef | ast.AsyncFunctionDef


def main() -> None:
    """Print the broken rules, or where those that are named are broken."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=_AsWritten)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(RULES))
    names = parser.parse_args().names
    tree = SourceTree(ROOT)
    for name in names or RULES:
        if name not in RULES:
            parser.error(f"no rule named {name!r}; choose from {', '.join(RULES)}")
        found = list(RULES[name](tree))
        print("\n".join(found) if names else f"{name:<22} {len(found)}")


_AsWritten = argparse.RawDescriptionHelpFormatter


def docstring_openings(tree: SourceTree) -> Iterator[str]:
    """Docstrings open by naming the thing, never with a question word."""
    for module in tree.modules:
        for where, text in module.docstrings():
            if first_word(text) in QUESTIONS:
                yield f"{where}: {text.splitlines()[0]}"


def old_names(tree: SourceTree) -> Iterator[str]:
    """Identifiers and modules have the field's names, not those used before."""
    for module in tree.modules:
        below = "/".join(module.path.parts[1:])
        if module.path.stem in OLD_MODULES:
            yield f"{module.path}: the module is called {OLD_MODULES[module.path.stem]} now"
        for line, name in sorted(set(_identifiers(module.tree))):
            for old in OLD_NAMES:
                if old.names(name, below):
                    yield f"{module.path}:{line} {name}: {old.use}"


def circles_when_loaded(tree: SourceTree) -> Iterator[str]:
    """No module imports itself through others."""
    for circle in circles(tree.import_graph(with_deferred=False)):
        yield " <-> ".join(circle)


def circles_at_any_time(tree: SourceTree) -> Iterator[str]:
    """No module does so inside functions or for its types either."""
    for circle in circles(tree.import_graph(with_deferred=True)):
        yield " <-> ".join(circle)


def layers(tree: SourceTree) -> Iterator[str]:
    """Packages import from lower layers alone, inside functions too."""
    for place, target in tree.arrows_against_layers():
        yield f"{place} imports {target}, which is no lower layer"


def sizes(tree: SourceTree) -> Iterator[str]:
    """Files, classes and functions keep to their longest length."""
    for module in tree.modules:
        if module.lines > LONGEST_FILE:
            yield f"{module.path}: {module.lines} lines, {LONGEST_FILE} at most"
        for name, node in module.definitions():
            most = LONGEST_CLASS if isinstance(node, ast.ClassDef) else LONGEST_FUNCTION
            if length_of(node) > most:
                yield f"{module.path}:{node.lineno} {name}: {length_of(node)} lines, {most} at most"


def mirrored_tests(tree: SourceTree) -> Iterator[str]:
    """Every source file has a test file of its own."""
    for path in tree.without_mirror():
        yield f"{path}: no {mirror_of(path)}"


def test_lines(tree: SourceTree) -> Iterator[str]:
    """There are enough tests."""
    share = measures(tree)["test lines per code line"]
    if share < TEST_LINES:
        yield f"{share} test lines per code line, {TEST_LINES} at least"


def explained_any(tree: SourceTree) -> Iterator[str]:
    """`Any` says why in a comment on its line or the line above; JSON is `core.Json`."""
    for module in tree.modules:
        commented = _commented_lines(module.text)
        for line in sorted(_lines_with_any(module.tree)):
            if not {line, line - 1} & commented:
                yield f"{module.path}:{line} Any without a comment"


def marked_overrides(tree: SourceTree) -> Iterator[str]:
    """A method that overrides one of lmkit carries `@override`, and no docstring of its own."""
    classes = _classes(tree)
    for name, (module, node) in classes.items():
        inherited = _inherited(name, classes)
        for method in node.body:
            if not isinstance(method, Method) or method.name not in inherited:
                continue
            where = f"{module.path}:{method.lineno} {node.name}.{method.name}"
            if not has_decorator(method, "override"):
                yield f"{where}: overrides that of {inherited[method.name]} without @override"
            elif ast.get_docstring(method):
                yield f"{where}: repeats a docstring"


def telling_names(tree: SourceTree) -> Iterator[str]:
    """Modules are named after what they hold."""
    for module in tree.modules:
        if set(module.name.split(".")) & set(SAYS_NOTHING):
            yield f"{module.path}: the name says nothing"


def readme(tree: SourceTree) -> Iterator[str]:
    """README.md is short, and its folders are those of lmkit."""
    text = read(tree.root / "README.md")
    if text.count("\n") > LONGEST_README:
        yield f"README.md: {text.count(chr(10))} lines, {LONGEST_README} at most"
    listed = set(re.findall(r"^  (\w+)/ ", text, re.MULTILINE))
    folders = {path.parent.name for path in (tree.root / PACKAGE).glob("*/__init__.py")}
    for name in sorted(listed ^ folders):
        yield f"README.md: {name}/ is {'no folder of lmkit' if name in listed else 'not listed'}"


def glossary(tree: SourceTree) -> Iterator[str]:
    """The glossary has about thirty rows, no old name, and leads to code that is there."""
    text = read(tree.root / "docs" / "glossary.md")
    rows = re.findall(r"^\| ([a-z][^|]*) \| ([^|]*) \| ([^|]*) \|$", text, re.MULTILINE)[1:]
    if not FEWEST_WORDS <= len(rows) <= MOST_WORDS:
        yield f"docs/glossary.md: {len(rows)} rows, from {FEWEST_WORDS} to {MOST_WORDS} wanted"
    for word, _, places in rows:
        for old in OLD_NAMES:
            if old.names(word, "docs/"):
                yield f"docs/glossary.md: {word} is an old name, {old.use} in its place"
        for path in re.findall(r"`([\w/.]+)`", places):
            if not (tree.root / PACKAGE / path).exists():
                yield f"docs/glossary.md: {word}: no {PACKAGE}/{path}"


RULES: dict[str, Callable[[SourceTree], Iterator[str]]] = {
    "docstring_openings": docstring_openings,
    "old_names": old_names,
    "circles_when_loaded": circles_when_loaded,
    "circles_at_any_time": circles_at_any_time,
    "layers": layers,
    "sizes": sizes,
    "mirrored_tests": mirrored_tests,
    "test_lines": test_lines,
    "explained_any": explained_any,
    "marked_overrides": marked_overrides,
    "telling_names": telling_names,
    "readme": readme,
    "glossary": glossary,
}

Classes = dict[str, tuple[Module, ast.ClassDef]]  # by dotted name


def _identifiers(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Yield the line and the text of every name that a module gives or uses."""
    for node in ast.walk(tree):
        line = getattr(node, "lineno", 1)
        for field in ("name", "id", "attr", "arg", "asname"):
            name = getattr(node, field, None)
            if isinstance(name, str):
                yield from ((line, part) for part in name.split("."))


def _commented_lines(text: str) -> set[int]:
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    return {token.start[0] for token in tokens if token.type == tokenize.COMMENT}


def _lines_with_any(tree: ast.Module) -> set[int]:
    names = (node for node in ast.walk(tree) if isinstance(node, ast.Name))
    return {node.lineno for node in names if node.id == "Any"}


def _classes(tree: SourceTree) -> Classes:
    return {
        f"{module.name}.{node.name}": (module, node)
        for module in tree.modules
        for node in module.tree.body
        if isinstance(node, ast.ClassDef)
    }


def _inherited(name: str, classes: Classes) -> dict[str, str]:
    """Return the methods that a class inherits from classes of lmkit, with where each stands."""
    found: dict[str, str] = {}
    module, node = classes[name]
    for base in _bases(module, node):
        if base in classes and base != name:
            found |= _inherited(base, classes)
            methods = [item for item in classes[base][1].body if isinstance(item, Method)]
            found |= {m.name: base for m in methods if not m.name.startswith("__")}
    return found


def _bases(module: Module, node: ast.ClassDef) -> Iterator[str]:
    """Yield the dotted names of the bases of a class, as far as the module tells."""
    imported = {
        alias.asname or alias.name: f"{found.module}.{alias.name}"
        for found in ast.walk(module.tree)
        if isinstance(found, ast.ImportFrom)
        for alias in found.names
    }
    for base in node.bases:
        plain = base.value if isinstance(base, ast.Subscript) else base
        written = ast.unparse(plain)
        first, _, rest = written.partition(".")
        yield ".".join(filter(None, (imported.get(first, f"{module.name}.{first}"), rest)))


if __name__ == "__main__":
    main()
