"""The modules of a checkout as syntax trees, and what imports what.

It reads files and knows no figures and no rules: `house.py` measures, `tests/test_architecture.py`
judges.
"""

import ast
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

PACKAGE = "lmkit"
NOT_LAYERED = ("__init__", "__main__", "presets")

Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
Documented = ast.Module | Definition
Graph = Mapping[str, set[str]]  # a name to the names it points to


@dataclass(frozen=True, slots=True)
class Import:
    """An import of one module of the package by another.

    Attributes:
        target: The dotted name of the imported module.
        is_deferred: Whether it stands inside a function or under TYPE_CHECKING.
    """

    target: str
    is_deferred: bool


@dataclass(frozen=True)
class Module:
    """A parsed source file.

    Attributes:
        name: Its dotted name; that of the folder for `__init__.py`.
        path: Below the root of the checkout.
        text: All of it.
    """

    name: str
    path: Path
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        """The syntax tree."""
        return ast.parse(self.text)

    @property
    def lines(self) -> int:
        """Number of lines."""
        return self.text.count("\n")

    @property
    def place(self) -> str:
        """The package it belongs to: the first name after `lmkit`."""
        return [*self.name.split("."), "__init__"][1]

    def definitions(self) -> Iterator[tuple[str, Definition]]:
        """Yield functions, methods and classes with their qualified names, nested ones too."""
        yield from _definitions(self.tree, "")

    def docstrings(self) -> Iterator[tuple[str, str]]:
        """Yield where each docstring stands (path:line name) and its text."""
        documented: list[tuple[str, Documented]] = [("module", self.tree), *self.definitions()]
        for name, node in documented:
            text = ast.get_docstring(node)
            if text:
                yield f"{self.path}:{getattr(node, 'lineno', 1)} {name}", text


@dataclass(frozen=True)
class SourceTree:
    """The sources and tests of a checkout.

    Attributes:
        root: The folder that holds `lmkit/` and `tests/`.
    """

    root: Path

    @cached_property
    def modules(self) -> list[Module]:
        """The modules of the package, by path."""
        paths = sorted((self.root / PACKAGE).rglob("*.py"))
        return [
            Module(_dotted(path.relative_to(self.root)), path.relative_to(self.root), read(path))
            for path in paths
        ]

    @cached_property
    def tests(self) -> list[Path]:
        """The test files, by path."""
        paths = sorted((self.root / "tests").rglob("*.py"))
        return [path for path in paths if path.name.startswith("test_") or _is_conftest(path)]

    @cached_property
    def imports(self) -> dict[str, list[Import]]:
        """What each module imports of the package."""
        names = {module.name for module in self.modules}
        return {module.name: list(_imports(module, names)) for module in self.modules}

    def import_graph(self, *, with_deferred: bool) -> dict[str, set[str]]:
        """Return which modules each module imports, when it is loaded or at any time."""
        return {
            name: {i.target for i in found if with_deferred or not i.is_deferred} - {name}
            for name, found in self.imports.items()
        }

    def package_graph(self, *, with_deferred: bool) -> dict[str, set[str]]:
        """Return which packages each package imports, when it is loaded or at any time."""
        places = {module.name: module.place for module in self.modules}
        graph: dict[str, set[str]] = {}
        for name, targets in self.import_graph(with_deferred=with_deferred).items():
            graph.setdefault(places[name], set()).update(places[target] for target in targets)
        kept = graph.keys() - set(NOT_LAYERED)
        return {place: (graph[place] & kept) - {place} for place in sorted(kept)}

    def layers(self) -> list[set[str]]:
        """Return the layers of the import contract, highest first."""
        settings = tomllib.loads(read(self.root / "pyproject.toml"))
        contracts = settings["tool"]["importlinter"]["contracts"]
        found = next(contract for contract in contracts if contract["type"] == "layers")
        return [{part.strip(" ()") for part in layer.split("|")} for layer in found["layers"]]

    def arrows_against_layers(self) -> list[tuple[str, str]]:
        """Return the arrows between packages that do not lead to a lower layer."""
        depth = {place: at for at, layer in enumerate(self.layers()) for place in layer}
        return [
            (place, target)
            for place, targets in self.package_graph(with_deferred=True).items()
            for target in sorted(targets)
            if depth.get(place, len(depth)) >= depth.get(target, -1)
        ]

    def without_mirror(self) -> list[Path]:
        """Return the source files that no test file mirrors."""
        return [
            module.path
            for module in self.modules
            if not module.path.name.startswith("__")
            and not (self.root / mirror_of(module.path)).is_file()
        ]


def mirror_of(path: Path) -> Path:
    """Return where the tests of a source file belong: `tests/x/test_y.py` for `lmkit/x/y.py`."""
    return Path("tests", *path.parts[1:-1], f"test_{path.name}")


def length_of(node: Definition) -> int:
    """Return how many lines a definition has, decorators left out."""
    return (node.end_lineno or node.lineno) - node.lineno + 1


def first_word(docstring: str) -> str:
    """Return the first word of a docstring, without punctuation."""
    words = docstring.split()
    return words[0].strip(".,:;?!'\"`").partition("'")[0] if words else ""


def has_decorator(node: Definition, name: str) -> bool:
    """Say whether a definition carries a decorator, be it called or qualified."""
    for decorator in node.decorator_list:
        found = decorator.func if isinstance(decorator, ast.Call) else decorator
        if name in (getattr(found, "id", None), getattr(found, "attr", None)):
            return True
    return False


def circles(graph: Graph) -> list[list[str]]:
    """Return the groups of two or more names that reach each other, each sorted."""
    reached = {name: _reachable(graph, name) for name in graph}
    groups = {
        frozenset(other for other in reached[name] if name in reached[other])
        for name in graph
        if name in reached[name]
    }
    return sorted(sorted(group) for group in groups if len(group) > 1)


def read(path: Path) -> str:
    """Return the text of a file."""
    return path.read_text(encoding="utf-8")


def _definitions(node: ast.AST, prefix: str) -> Iterator[tuple[str, Definition]]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, Definition):
            yield prefix + child.name, child
            inside = "." if isinstance(child, ast.ClassDef) else ".<locals>."
            yield from _definitions(child, prefix + child.name + inside)
        else:
            yield from _definitions(child, prefix)


def _imports(module: Module, names: set[str]) -> Iterator[Import]:
    for node, is_deferred in _walk(module.tree, is_deferred=False):
        if isinstance(node, ast.Import):
            targets = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            origin = _origin(module, node)
            targets = [f"{origin}.{alias.name}" for alias in node.names]
        else:
            continue
        for target in targets:
            found = target if target in names else target.rpartition(".")[0]
            if found in names:
                yield Import(found, is_deferred)


def _origin(module: Module, node: ast.ImportFrom) -> str:
    """Return the dotted name that `from ... import` starts from, relative ones resolved."""
    if not node.level:
        return node.module or ""
    parts = module.path.with_suffix("").parts[: -node.level]
    return ".".join([*parts, *([node.module] if node.module else [])])


def _walk(node: ast.AST, *, is_deferred: bool) -> Iterator[tuple[ast.AST, bool]]:
    """Yield all nodes, and whether each runs only after the module is loaded."""
    for child in ast.iter_child_nodes(node):
        yield child, is_deferred
        later = isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        for_types = isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test)
        yield from _walk(child, is_deferred=is_deferred or later or for_types)


def _reachable(graph: Graph, start: str) -> set[str]:
    found: set[str] = set()
    open_names = list(graph[start])
    while open_names:
        name = open_names.pop()
        if name not in found:
            found.add(name)
            open_names.extend(graph.get(name, ()))
    return found


def _dotted(path: Path) -> str:
    return ".".join(path.with_suffix("").parts).removesuffix(".__init__")


def _is_conftest(path: Path) -> bool:
    return path.name == "conftest.py"
