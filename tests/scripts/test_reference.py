"""The pages that follow from the code are those that the script would write now."""

import reference


def test_the_page_of_files_is_current():
    shown = reference.FILES_PAGE.read_text(encoding="utf-8")
    assert shown == reference.files_page(), "run scripts/reference.py"


def test_every_source_file_is_listed():
    page = reference.files_page()
    for path in (reference.ROOT / "lmkit").rglob("*.py"):
        assert path.name == "__init__.py" or f" {path.name} " in page


def test_a_file_is_listed_with_its_first_sentence(tmp_path):
    file = tmp_path / "cell.py"
    file.write_text('"""A cell: one step. It knows no text."""\n', encoding="utf-8")
    assert reference.entry(1, "cell.py", file).split(None, 1) == ["cell.py", "A cell: one step"]


def test_a_long_sentence_is_cut_at_a_pause(tmp_path):
    file = tmp_path / "cell.py"
    file.write_text(f'"""A cell: {"one step and another " * 9}."""\n', encoding="utf-8")
    line = reference.entry(1, "cell.py", file)
    assert line.endswith("A cell")
    assert len(line) <= reference.LINE_WIDTH


def test_the_page_of_commands_opens_with_the_exit_codes_of_the_errors():
    shown = reference.CLI_PAGE.read_text(encoding="utf-8")
    assert shown.startswith(reference.HEAD)
