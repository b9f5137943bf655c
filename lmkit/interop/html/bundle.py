"""Bundling of JavaScript modules into one classic script, without other programs.

An inline module cannot import from a file, and a page opened from the disk may not fetch one. So
each module becomes a function that returns what it exports, in the order in which a browser would
run them; equal files give equal bytes. It knows the forms of import and export that the page uses,
and refuses all others: default exports, exported `let`, circles, `import.meta`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from lmkit.core.errors import LmkitError

_IMPORT = re.compile(
    r"^import\s+(?:(?P<names>\{[^}]*\})|\*\s+as\s+(?P<whole>[\w$]+))?\s*(?:from\s+)?"
    r"(?P<quote>['\"])(?P<path>[^'\"]+)(?P=quote);?[ \t]*$",
    re.MULTILINE,
)
_EXPORTED_LIST = re.compile(
    r"^export\s+\{(?P<names>[^}]*)\}(?:\s*from\s*['\"](?P<path>[^'\"]+)['\"])?;?[ \t]*$",
    re.MULTILINE,
)
_DECLARED = re.compile(
    r"^export\s+(?P<kind>async\s+function\s*\*?|function\s*\*?|class|const)\s+(?P<name>[\w$]+)",
    re.MULTILINE,
)
_LATER = re.compile(r"\bimport\(\s*(['\"])(?P<path>[^'\"]+)\1\s*\)")
_COMMENT = re.compile(r"^[ \t]*/\*\*(?:[^*]|\*(?!/))*\*/[ \t]*\n", re.MULTILINE)
_LEFT = re.compile(r"^(?:import|export)\b.*$|\bimport\.meta\b.*$", re.MULTILINE)
_END_OF_SCRIPT = re.compile(r"<(?=/script|!--)", re.IGNORECASE)


def bundle(folder: Path, entry: str) -> str:
    """Return one script that does what a module and all that it imports do.

    Args:
        folder: Folder of the modules.
        entry: The module to start with, relative to the folder.

    Returns:
        A classic script, which can stand inside an HTML file.

    Raises:
        LmkitError: If a module is missing, or written in a form that this does not know.
    """
    found = _Bundle(folder)
    found.add(PurePosixPath(entry))
    modules = "\n".join(found.written)
    script = f"(() => {{\n'use strict'\n{modules}\n}})()\n"
    return _END_OF_SCRIPT.sub(r"\\x3C", script)


@dataclass(slots=True)
class _Bundle:
    """Modules as functions, those that others import first.

    Attributes:
        folder: Folder of the modules.
        names: Name of the constant of each module; empty while it is being read.
        written: The functions.
    """

    folder: Path
    names: dict[PurePosixPath, str] = field(default_factory=dict)
    written: list[str] = field(default_factory=list)

    def add(self, path: PurePosixPath) -> str:
        """Return the name of a module's constant, after writing the module if it is new."""
        if path in self.names:
            if not self.names[path]:
                raise LmkitError(f"the modules of the page import each other in a circle: {path}")
            return self.names[path]
        self.names[path] = ""
        code = _COMMENT.sub("", self._read(path))
        code, before = self._imports(code, path)
        code, exported = self._exports(code, path, before)
        left = _LEFT.search(code)
        if left:
            raise LmkitError(f"{path} has a form that cannot be bundled: {left[0].strip()}")
        name = f"${len(self.written)}"
        members = ", ".join(
            own if own == outside else f"{outside}: {own}" for outside, own in exported.items()
        )
        body = "\n".join([*before, code.strip()])
        self.written.append(f"const {name} = (() => {{\n{body}\nreturn {{ {members} }}\n}})()")
        self.names[path] = name
        return name

    def _read(self, path: PurePosixPath) -> str:
        try:
            return (self.folder / path).read_text(encoding="utf-8")
        except OSError as error:
            raise LmkitError(f"a module of the page cannot be read: {path}: {error}") from error

    def _imports(self, code: str, path: PurePosixPath) -> tuple[str, list[str]]:
        """Return the code without its imports, and what stands in their place."""
        before: list[str] = []
        for match in _IMPORT.finditer(code):
            name = self.add(_resolved(path, match["path"]))
            if match["whole"]:
                before.append(f"const {match['whole']} = {name}")
            elif match["names"]:
                pairs = _pairs(match["names"].strip("{}"))
                taken = ", ".join(_renamed(outside, own) for outside, own in pairs.items())
                before.append(f"const {{ {taken} }} = {name}")
        code = _IMPORT.sub("", code)
        return _LATER.sub(
            lambda match: f"Promise.resolve({self.add(_resolved(path, match['path']))})", code
        ), before

    def _exports(
        self, code: str, path: PurePosixPath, before: list[str]
    ) -> tuple[str, Mapping[str, str]]:
        """Return the code without `export`, and the inner name of each name that it exports."""
        exported = {match["name"]: match["name"] for match in _DECLARED.finditer(code)}
        for match in _EXPORTED_LIST.finditer(code):
            pairs = _pairs(match["names"])
            if match["path"]:
                name = self.add(_resolved(path, match["path"]))
                taken = ", ".join(_renamed(own, f"{own}$") for own in pairs)
                before.append(f"const {{ {taken} }} = {name}")
                exported |= {outside: f"{own}$" for own, outside in pairs.items()}
            else:
                exported |= {outside: own for own, outside in pairs.items()}
        code = _EXPORTED_LIST.sub("", code)
        return _DECLARED.sub(lambda match: f"{match['kind']} {match['name']}", code), exported


def _resolved(path: PurePosixPath, target: str) -> PurePosixPath:
    """Return the path of an imported module, relative to the folder."""
    if not target.startswith("."):
        raise LmkitError(f"{path} imports {target!r}; a page can hold its own modules alone")
    parts: list[str] = []
    for part in (path.parent / target).parts:
        if part == ".." and parts and parts[-1] != "..":
            parts.pop()
        elif part != ".":
            parts.append(part)
    return PurePosixPath(*parts)


def _pairs(names: str) -> dict[str, str]:
    """Return the names of a list such as `a, b as c`: the first and the second of each."""
    found = [name.split() for name in names.split(",") if name.strip()]
    return {words[0]: words[-1] for words in found}


def _renamed(outside: str, own: str) -> str:
    return own if outside == own else f"{outside}: {own}"
