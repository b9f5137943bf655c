import pytest

from lmkit.text.scripts import choose_split, starts_without_space


@pytest.mark.parametrize("text", ["中", "ひ", "カ", "ท", "。", "「", "，", "𠀀"])
def test_scripts_without_spaces(text):
    assert starts_without_space(text)


@pytest.mark.parametrize("text", ["", "a", "é", "Ω", "ع", "한", "हि", "😀", ",", "1"])
def test_scripts_with_spaces(text):
    assert not starts_without_space(text)


def test_attached_commas_and_final_stops_show_running_text():
    assert choose_split(" The cat sat on the mat.\n") == "punctuation"
    assert choose_split(" no , it was n't black monday\n but mr. <unk> says so\n") == "spaces"
    assert choose_split("") == "spaces"
