"""The fields that docs/reference/json.md promises, read from the page itself."""

import re
from pathlib import Path

import pytest

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "json.md"


@pytest.fixture
def promised() -> dict[str, set[str]]:
    """The fields of each command's object; those of objects inside it are left out."""
    rows = re.findall(r"^\| (`.*?) \| (.*) \|$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    outer = {row: re.sub(r"\[?\{.*?\}\]?|\(.*?\)", "", fields) for row, fields in rows}
    return {
        name: set(re.findall(r"`(\w+)`", fields))
        for row, fields in outer.items()
        for name in re.findall(r"`(.*?)`", row)
    }
