"""English that every CPython brings along: its language reference and its docstrings.

The text is read from the running interpreter; nothing is shipped and nothing is fetched. Modules
of the standard library are parsed, never imported, so that reading them has no side effect. What
comes out is one sentence a line, without code, tables, signatures and repetitions. Another version
of Python gives a somewhat different text; the same one always gives the same.

Knows nothing of tokens, ids or models.
"""

import ast
import builtins
import importlib.util
import inspect
import sysconfig
import warnings
import zlib
from collections.abc import Iterator
from pathlib import Path

from lmkit.core.errors import DataError
from lmkit.data.sources.prose import sentences

# Tests, tables and what is installed beside the standard library are no prose of it.
_SKIPPED_FOLDERS = frozenset(
    {"test", "tests", "idle_test", "site-packages", "dist-packages", "__pycache__"}
    | {"encodings", "pydoc_data", "lib2to3", "_vendor", "_bundled"}
)
_DOCUMENTED = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


class PyDocs:
    """The bundled English text, one sentence a line.

    Attributes:
        name: The name users give it.
        notices: Nothing ever has to be said about this source.
    """

    name = "pydocs"

    def __init__(self) -> None:
        self.notices: list[str] = []
        self._lines: tuple[str, ...] = ()

    def lines(self) -> Iterator[str]:
        """Yield the sentences, in the same order every time, none of them twice.

        Raises:
            DataError: If this interpreter was built without documentation.
        """
        if not self._lines:
            self._lines = tuple(dict.fromkeys(_all_sentences()))
        if not self._lines:
            raise DataError(
                "this Python has no reference text and no docstrings; give a text of your own"
            )
        yield from self._lines


def _all_sentences() -> Iterator[str]:
    """Yield the sentences of every document, documents mixed so that no part is all of a kind."""
    documents = {**_topics(), **_library(), "builtins": _builtin_docstrings()}
    for name in sorted(documents, key=lambda name: (zlib.crc32(name.encode()), name)):
        for text in documents[name]:
            yield from sentences(text)


def _topics() -> dict[str, list[str]]:
    """Return the chapters of the language reference, which `help()` shows."""
    if importlib.util.find_spec("pydoc_data") is None:
        return {}
    from pydoc_data.topics import topics

    return {f"topic {name}": [str(text)] for name, text in topics.items()}


def _library() -> dict[str, list[str]]:
    """Return the docstrings of the standard library, by file; empty where it has no source."""
    root = Path(sysconfig.get_paths()["stdlib"])
    documents = {}
    for path in _source_files(root):
        documents[path.relative_to(root).as_posix()] = _docstrings(path)
    return documents


def _source_files(folder: Path) -> Iterator[Path]:
    if not folder.is_dir():
        return
    for path in sorted(folder.iterdir()):
        if path.is_dir():
            if path.name not in _SKIPPED_FOLDERS and (path / "__init__.py").is_file():
                yield from _source_files(path)
        elif path.suffix == ".py":
            yield path


def _docstrings(path: Path) -> list[str]:
    """Return the docstrings of a file: the module's own, then those inside, top to bottom."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # old escapes in sources that are not ours
            tree = ast.parse(path.read_bytes())
    except (SyntaxError, ValueError, OSError):
        return []  # a deliberately broken or unreadable file holds no text for us
    return list(_docstrings_below(tree))


def _docstrings_below(node: ast.Module | ast.stmt) -> Iterator[str]:
    """Yield docstrings, walking statements alone: expressions hold none."""
    if isinstance(node, (ast.Module, *_DOCUMENTED)):
        text = ast.get_docstring(node)
        if text:
            yield text
    for field in ("body", "orelse", "finalbody"):
        children = getattr(node, field, None)
        for child in children if isinstance(children, list) else ():
            if isinstance(child, (*_DOCUMENTED, ast.If, ast.Try, ast.With)):
                yield from _docstrings_below(child)


def _builtin_docstrings() -> list[str]:
    """Return the docstrings of the built-in names and their methods, which have no source file."""
    found: list[str] = []
    for name in sorted(vars(builtins)):
        value = getattr(builtins, name)
        if name.startswith("_") or not callable(value):
            continue
        owners = [value]
        if inspect.isclass(value):
            owners += [vars(value)[method] for method in sorted(vars(value))]
        texts = [owner.__doc__ for owner in owners if callable(owner)]
        found += [inspect.cleandoc(text) for text in texts if isinstance(text, str)]
    return found
