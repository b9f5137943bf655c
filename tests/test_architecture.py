"""The parts of the house rules that the import linter cannot see."""

import ast
import importlib
import pkgutil
import re
import subprocess
import sys
from pathlib import Path

import pytest
from rules import RULES
from source_tree import SourceTree

import lmkit
from lmkit.core.registry import Registry

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "lmkit"
MODULES = sorted(PACKAGE.rglob("*.py"))
TREE = SourceTree(ROOT)
MAY_IMPORT_ROOT = ("cli", "serve", "terminal", "lab")
MAY_PRINT = ("terminal", "cli")


def layer(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def imports_root(tree: ast.Module) -> bool:
    return any(
        (isinstance(node, ast.ImportFrom) and node.module == "lmkit" and not node.level)
        or (isinstance(node, ast.Import) and any(name.name == "lmkit" for name in node.names))
        for node in ast.walk(tree)
    )


def calls(tree: ast.Module, name: str) -> bool:
    return any(
        isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == name
        for node in ast.walk(tree)
    )


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_module_keeps_the_house_rules(path: Path) -> None:
    tree = parsed(path)
    assert layer(path) in MAY_IMPORT_ROOT or not imports_root(tree), "imports the package root"
    assert layer(path) in MAY_PRINT or not calls(tree, "print"), "prints"
    assert ast.get_docstring(tree), "has no docstring"


@pytest.mark.parametrize("name", RULES)
def test_the_tree_keeps_a_rule(name: str) -> None:
    found = list(RULES[name](TREE))
    assert not found, "\n".join([f"{name}: {RULES[name].__doc__}", *found])


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_no_module_can_run_a_hostile_file(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    assert not re.search(r"^\s*(import|from)\s+(pickle|shelve|marshal)\b", source, re.MULTILINE)
    assert "torch.load" not in source
    assert "torch.save" not in source


def registries() -> list[tuple[str, Registry[object]]]:
    found = []
    for module in pkgutil.walk_packages(lmkit.__path__, "lmkit."):
        if module.name == "lmkit.__main__":
            continue
        for name, value in vars(importlib.import_module(module.name)).items():
            if isinstance(value, Registry):
                found.append((f"{module.name}.{name}", value))
    return found


def test_every_registry_entry_resolves() -> None:
    found = registries()
    assert found
    for _, registry in found:
        for name in registry.names():
            assert registry.get(name) is not None


def test_importing_lmkit_loads_no_torch() -> None:
    code = "import sys, lmkit; sys.exit('torch' in sys.modules or 'rich' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_public_names_exist() -> None:
    for name in lmkit.__all__:
        assert getattr(lmkit, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        lmkit.__getattr__("nonsense")
