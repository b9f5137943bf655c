"""Write the pages that follow from the code: docs/files.md and docs/reference/cli.md.

Run it after adding a file, a command or an option: `.venv/bin/python scripts/reference.py`.
Tests compare the pages with the disk and with `--help`.
"""

import ast
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
CLI_PAGE = ROOT / "docs" / "reference" / "cli.md"
FILES_PAGE = ROOT / "docs" / "files.md"
NAME_WIDTH, LINE_WIDTH = 30, 110
FILES_HEAD = """# Every source file

Each file with the first sentence of its docstring. `scripts/reference.py` writes this page.

"""
HEAD = """# Every command

This page lists every command and its options. Results go to standard output; progress, warnings and
hints go to standard error. The output has no colour and no live display if it is not a terminal, if
`NO_COLOR` is set, or with `--quiet`.

| exit code | meaning |
| --- | --- |
| 0 | done |
| 1 | failed |
| 2 | usage error: the command or its options are wrong |
| 3 | the model is missing, damaged or of a newer format |
| 4 | the data is missing, empty or unreadable |
| 130 | interrupted |
"""


def main() -> None:
    """Write both."""
    FILES_PAGE.write_text(files_page(), encoding="utf-8")
    pages = [help_block(), *(help_block(command) for command in commands())]
    CLI_PAGE.write_text("\n".join([HEAD, *pages]), encoding="utf-8")


def files_page() -> str:
    """Return docs/files.md for the files on the disk."""
    return FILES_HEAD + "\n".join(["```tree", *tree_lines(), "```", ""])


def tree_lines() -> Iterator[str]:
    """Yield the lines of the file tree: each file with the first sentence of its docstring."""
    yield f"{'lmkit/':<{NAME_WIDTH}} the package"
    yield entry(1, "__init__.py", ROOT / "lmkit" / "__init__.py")
    yield from folder_lines(ROOT / "lmkit", 1)
    yield f"{'scripts/':<{NAME_WIDTH}} programs that are not part of the package"
    yield from folder_lines(ROOT / "scripts", 1)
    yield "  bench/"
    yield from folder_lines(ROOT / "scripts" / "bench", 2)


def folder_lines(folder: Path, depth: int) -> Iterator[str]:
    """Yield a line for each module of a folder, then for each folder and what is in it."""
    for path in sorted(folder.glob("*.py")):
        if path.name != "__init__.py":
            yield entry(depth, path.name, path)
    for path in sorted(folder.glob("*/__init__.py")):
        yield entry(depth, f"{path.parent.name}/", path)
        yield from folder_lines(path.parent, depth + 1)


def entry(depth: int, name: str, path: Path) -> str:
    """Return the line of one file, cut at a pause if it is long."""
    indent = "  " * depth
    line = f"{indent}{name:<{NAME_WIDTH - len(indent)}} {summary(path)}"
    if len(line) > LINE_WIDTH:
        line = re.split(r"[:;,] ", line)[0]
    return line.rstrip(".")


def summary(path: Path) -> str:
    """Return the first sentence of a module's docstring."""
    docstring = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    return " ".join(docstring.split("\n\n")[0].split()).split(". ")[0]


def commands() -> list[str]:
    """Return the names of all commands."""
    listed = help_text("").split("Commands:")[1]
    return re.findall(r"^  (\w+)  ", listed, flags=re.M)


def help_block(command: str = "") -> str:
    """Return the help of a command as a block of the page."""
    return f"```text {f'lmkit {command}'.strip()}\n{help_text(command)}\n```\n"


def help_text(command: str) -> str:
    """Return the help text of a command, in 80 columns."""
    arguments = [sys.executable, "-m", "lmkit", *command.split(), "--help"]
    environment = {**os.environ, "COLUMNS": "80", "NO_COLOR": "1"}
    shown = subprocess.run(arguments, capture_output=True, text=True, check=True, env=environment)
    return "\n".join(line.rstrip() for line in shown.stdout.splitlines()).strip()


if __name__ == "__main__":
    main()
