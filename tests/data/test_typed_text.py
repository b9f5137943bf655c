import os
import stat

import pytest

from lmkit.core.errors import DataError
from lmkit.data.typed_text import TypedText, default_file


def test_lines_come_back_as_they_were_typed(tmp_path):
    file = TypedText(tmp_path / "deep" / "typed.txt")
    assert file.lines() == []
    assert file.add(["see you there", "", "two\nlines\x1b \udc80"]) == 3
    assert file.add(["née  Müller"]) == 1
    assert file.lines() == ["see you there", "two", "lines �", "née Müller"]


@pytest.mark.parametrize(
    ("before", "lines"),
    [
        (b"see you", ["see you"]),
        (b"see you\n", ["see you"]),
        (b"see you\r\nthere", ["see you", "there"]),
        (b"caf\xc3\xa9", ["café"]),
        (b"\xef\xbb\xbfsee you", ["see you"]),
        (b"caf\xe9", ["caf\ufffd"]),
        (b"", []),
    ],
)
def test_lines_are_added_to_a_file_with_or_without_a_last_line_end(tmp_path, before, lines):
    (tmp_path / "typed.txt").write_bytes(before)
    file = TypedText(tmp_path / "typed.txt")
    assert file.lines() == lines
    assert file.add(["later", "still later"]) == 2
    assert file.add(["last"]) == 1
    assert file.lines() == [*lines, "later", "still later", "last"]
    assert file.path.read_bytes().startswith(before)


def test_erasing_leaves_nothing(tmp_path):
    file = TypedText(tmp_path / "typed.txt")
    file.add(["a", "b"])
    assert file.state() is not None
    assert file.erase() == 2
    assert file.erase() == 0
    assert (file.state(), list(tmp_path.iterdir())) == (None, [])


@pytest.mark.skipif(os.name == "nt", reason="files have no such modes there")
def test_the_file_is_for_its_owner_alone(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    file = TypedText(default_file())
    file.add(["mine"])
    assert stat.S_IMODE(file.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.path.parent.stat().st_mode) == 0o700
    file.path.chmod(0o644)
    file.add(["still mine"])
    assert stat.S_IMODE(file.path.stat().st_mode) == 0o600


def test_what_is_no_file_is_said_in_a_sentence(tmp_path):
    for act in (TypedText.lines, TypedText.erase, lambda file: file.add(["x"])):
        with pytest.raises(DataError, match="typed text"):
            act(TypedText(tmp_path))
        with pytest.raises(DataError, match="typed text"):
            act(TypedText(tmp_path / "\0"))
