"""Each rule finds the place that breaks it in a small tree, and nothing in one that keeps it."""

from collections.abc import Callable
from pathlib import Path
from string import ascii_lowercase

import pytest
import rules
from source_tree import SourceTree

LAYERS = '[[tool.importlinter.contracts]]\ntype = "layers"\nlayers = ["models", "core"]\n'
GLOSSARY = "| word | meaning | in the code |\n| --- | --- | --- |\n" + "".join(
    f"| word {letter} | a meaning | `core/`, `models/model.py` |\n" for letter in ascii_lowercase
)
KEPT = {
    "docs/glossary.md": GLOSSARY,
    "pyproject.toml": LAYERS,
    "README.md": "```tree\nlmkit/\n  core/    the core\n  models/  models\n```\n",
    "lmkit/core/__init__.py": '"""The core."""\n',
    "lmkit/models/__init__.py": '"""Models."""\n',
    "lmkit/__init__.py": '"""The package."""\n',
    "lmkit/core/base.py": '''"""A base."""

class Base:
    """A base."""

    def read(self):
        """Read."""
''',
    "lmkit/models/model.py": '''"""A model."""
from typing import Any
from lmkit.core.base import Base

# Any: torch keeps it so
group: dict[str, Any] = {}

class Model(Base):
    """A model."""

    @override
    def read(self):
        return 1
''',
    "tests/core/test_base.py": "x = 1\n" * 30,
    "tests/models/test_model.py": "",
}
# Rule, file, what is written in it, and what is said of it.
BROKEN = (
    ("docstring_openings", "lmkit/core/base.py", '"""Why not."""\n', ":1 module: Why not."),
    ("old_names", "lmkit/core/base.py", "def f(pieces): ...\n", ":1 pieces: token"),
    ("old_names", "lmkit/core/sides.py", "", "the module is called directions now"),
    (
        "circles_at_any_time",
        "lmkit/core/base.py",
        "def f():\n    from lmkit.models import model\n",
        "lmkit.core.base <-> lmkit.models.model",
    ),
    ("layers", "lmkit/core/base.py", "import lmkit.models.model\n", "core imports models"),
    ("sizes", "lmkit/core/base.py", "\n" * 401, "401 lines, 400 at most"),
    ("sizes", "lmkit/core/base.py", "def f():\n" + "    x = 1\n" * 50, ":1 f: 51 lines, 50 at"),
    ("sizes", "lmkit/core/base.py", "class F:\n" + "    x = 1\n" * 250, ":1 F: 251 lines"),
    ("mirrored_tests", "lmkit/core/new.py", "", "no tests/core/test_new.py"),
    ("test_lines", "tests/core/test_base.py", "", "0.0 test lines per code line"),
    ("explained_any", "lmkit/core/base.py", "x: Any\n", ":1 Any without a comment"),
    ("telling_names", "lmkit/core/utils.py", "", "the name says nothing"),
    ("readme", "README.md", "  core/ x\n  models/ x\n" + "\n" * 119, "121 lines, 120 at most"),
    ("glossary", "docs/glossary.md", GLOSSARY[:300], "rows, from 25 to 40 wanted"),
    ("glossary", "docs/glossary.md", GLOSSARY.replace("word a", "piece"), "piece is an old name"),
    (
        "glossary",
        "docs/glossary.md",
        GLOSSARY.replace("word a | a meaning | `core/`", "word a | a meaning | `gone/`"),
        "word a: no lmkit/gone/",
    ),
    ("readme", "README.md", "  core/ x\n", "models/ is not listed"),
    ("readme", "README.md", "  core/ x\n  models/ x\n  new/ x\n", "new/ is no folder"),
)


@pytest.fixture
def written(tmp_path: Path) -> Callable[[dict[str, str]], SourceTree]:
    """Write files into a tree of their own."""

    def write(files: dict[str, str]) -> SourceTree:
        for name, text in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return SourceTree(tmp_path)

    return write


@pytest.mark.parametrize("name", rules.RULES)
def test_a_tree_that_keeps_a_rule_is_left_in_peace(written, name):
    assert list(rules.RULES[name](written(KEPT))) == []


@pytest.mark.parametrize(("name", "file", "text", "said"), BROKEN)
def test_a_tree_that_breaks_a_rule_is_told_where(written, name, file, text, said):
    found = list(rules.RULES[name](written({**KEPT, file: text})))
    assert len(found) == 1
    assert said in found[0]


def test_a_circle_at_the_top_of_modules_breaks_both_rules(written):
    tree = written({**KEPT, "lmkit/core/base.py": "import lmkit.models.model\n"})
    for rule in (rules.circles_when_loaded, rules.circles_at_any_time):
        assert list(rule(tree)) == ["lmkit.core.base <-> lmkit.models.model"]


def test_an_override_is_marked_and_repeats_nothing(written):
    model = KEPT["lmkit/models/model.py"]
    unmarked = written({**KEPT, "lmkit/models/model.py": model.replace("    @override\n", "")})
    assert list(rules.marked_overrides(unmarked)) == [
        "lmkit/models/model.py:11 Model.read: overrides that of lmkit.core.base.Base "
        "without @override"
    ]
    repeated = written({**KEPT, "lmkit/models/model.py": model.replace("return 1", '"""Read."""')})
    assert "repeats a docstring" in next(rules.marked_overrides(repeated))


@pytest.mark.parametrize("base", ["Base[int]", "base.Base", "Middle"])
def test_a_base_is_found_however_it_is_written(written, base):
    text = (
        "from lmkit.core import base\nfrom lmkit.core.base import Base\n"
        "class Middle(Base): ...\n"
        f"class Model({base}):\n    def read(self): ...\n    def __len__(self): ...\n"
    )
    found = list(rules.marked_overrides(written({**KEPT, "lmkit/models/model.py": text})))
    assert len(found) == 1
    assert "Model.read" in found[0]
