import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmkit.data.corpus import spool_lines
from lmkit.data.held_out import split_tail


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return tmp_path_factory.mktemp("spool") / "spool"


def count_words(text):
    """Return the words of a text and the ends of its lines."""
    return len(text.split()) + text.count("\n")


def split(lines, path, **options):
    """Return the training and the held-out text, and whether a line was cut."""
    found = split_tail(spool_lines(lines, path), **options)
    content = path.read_bytes()
    return (
        content[: found.train_end].decode(),
        content[found.valid_start :].decode(),
        found.is_inside_line,
    )


@given(lines=st.lists(st.sampled_from(["中文", "a", "the cat", "a b c d e f g"]), min_size=2))
def test_the_tail_is_the_fewest_whole_lines_with_the_share(path, lines):
    train, valid, is_inside = split(lines, path)
    assert not is_inside
    assert train + valid == path.read_bytes().decode()
    assert train.endswith("\n")
    words = count_words(train + valid)
    wanted = max(1, words * 0.05)
    assert count_words(valid) >= wanted
    fewer = valid.split("\n", 1)[1]
    assert count_words(fewer) < wanted


def test_the_tail_is_never_larger_than_asked_for(path):
    _, valid, _ = split((f"line {n}" for n in range(100_000)), path, most_words=1000)
    assert 1000 <= count_words(valid) < 1003


def test_two_lines_are_one_to_learn_and_one_to_measure(path):
    assert split(["the cat sat", "on the mat"], path)[:2] == (" the cat sat\n", " on the mat\n")


def test_a_single_line_is_cut_before_a_word(path):
    train, valid, is_inside = split([" ".join("abcdefghij")], path)
    assert is_inside
    assert (train, valid) == (" a b c d e f g h i", " j\n")
    train, valid, _ = split(["word " * 10_000], path)
    assert valid.startswith(" word")
    assert 400 < count_words(valid) < 600


def test_a_single_line_without_spaces_is_cut_between_characters(path):
    train, valid, _ = split(["中文" * 1000], path)
    assert train + valid == "中文" * 1000 + "\n"
    assert 50 < len(valid) < 1100


def test_a_long_last_line_under_a_heading_is_cut(path):
    train, valid, is_inside = split(["Title", "word " * 5000], path)
    assert is_inside
    assert count_words(train) > 4 * count_words(valid)


def test_a_long_first_line_stays_whole_if_there_is_enough_after_it(path):
    _, valid, is_inside = split(["word " * 5000, "the end " * 50], path)
    assert not is_inside
    assert count_words(valid) == 101
    _, valid, is_inside = split(["word " * 5000, "the end"], path)
    assert is_inside
    assert 200 < count_words(valid) < 300


def test_both_parts_have_a_word(path):
    assert split(["a b", "", ""], path)[:2] == (" a", " b\n\n\n")
    assert split(["", "", "a b c d"], path)[:2] == ("\n\n a b c", " d\n")
    assert split(["a", "b", "", ""], path)[:2] == (" a\n", " b\n\n\n")


@pytest.mark.parametrize("word", ["word", "中", "é"])
def test_one_word_is_both(path, word):
    train, valid, _ = split([word], path)
    assert train == valid == path.read_bytes().decode()
