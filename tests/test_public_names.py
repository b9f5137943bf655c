"""The public surface: what `import lmkit` offers, and that the docs use nothing else."""

import ast
import re
from pathlib import Path

import pytest

import lmkit

ROOT = Path(__file__).resolve().parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
PYTHON = re.compile(r"^```python[^\n]*\n(.*?)^```", re.MULTILINE | re.DOTALL)


def imported(code: str) -> list[tuple[str, str]]:
    """Return (module, name) of everything a block imports from lmkit."""
    found = []
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "lmkit":
            found += [(node.module or "", name.name) for name in node.names]
        if isinstance(node, ast.Import):
            found += [(name.name, "") for name in node.names if name.name.startswith("lmkit")]
    return found


@pytest.mark.parametrize("name", lmkit.__all__)
def test_a_public_name_resolves(name: str) -> None:
    assert getattr(lmkit, name) is not None


def test_type_checkers_see_the_same_names_as_programs() -> None:
    tree = ast.parse(Path(lmkit.__file__).read_text(encoding="utf-8"))
    guarded = next(node for node in tree.body if isinstance(node, ast.If))
    seen = {
        (name.asname, node.module)
        for node in guarded.body
        if isinstance(node, ast.ImportFrom)
        for name in node.names
    }
    assert seen == set(lmkit._PUBLIC.items())


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        lmkit.__getattr__("nonsense")


def test_dir_lists_the_public_names() -> None:
    assert dir(lmkit) == sorted(lmkit.__all__)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_a_page_imports_public_names_alone(page: Path) -> None:
    for code in PYTHON.findall(page.read_text(encoding="utf-8")):
        for module, name in imported(code):
            assert module == "lmkit", f"{page.name} imports from {module}"
            assert not name or name in lmkit.__all__
