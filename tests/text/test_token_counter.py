from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Regex, pre_tokenizers

from lmkit.core.errors import LmkitError
from lmkit.text import token_counter
from lmkit.text.normalise import normalise_text, open_lines
from lmkit.text.scripts import CHARACTERS, PUNCTUATION, SPACES
from lmkit.text.token_counter import TokenCounter, Wanted, cut_counts, most_frequent

PATTERNS = [SPACES, PUNCTUATION, CHARACTERS]
EVERYTHING = Wanted(most=1_000_000)


def cut_by(pattern):
    split = pre_tokenizers.Split(Regex(pattern), "isolated").pre_tokenize_str
    return lambda text: [token for token, _ in split(text)]


def cut_at_once(pattern, opened):
    counts = Counter(cut_by(pattern)(opened)) if opened else Counter()
    del counts["\n"]
    return counts


@pytest.mark.parametrize("pattern", PATTERNS)
@pytest.mark.parametrize("most", [300_000, 2])
@settings(max_examples=25)
@given(text=st.text(alphabet="the cat,.'\n中é") | st.text())
def test_tokens_are_counted_as_if_all_were_cut_at_once(pattern, most, text):
    opened = open_lines(normalise_text(text))
    expected = cut_at_once(pattern, opened)
    counter = TokenCounter(cut_by(pattern), most=most)
    counter.add(opened.splitlines(keepends=True))
    assert dict(counter.most_frequent(EVERYTHING)) == expected
    assert counter.total == expected.total()


@pytest.mark.parametrize("most", [300_000, 2])
def test_a_text_may_be_added_bit_by_bit(most):
    counter = TokenCounter(cut_by(SPACES), most=most)
    for line in (" a b\n", " b c\n", " c d e\n", " a\n"):
        counter.add([line])
    assert counter.most_frequent(Wanted(most=2)) == [(" a", 2), (" b", 2)]
    assert counter.total == 8


def test_words_that_are_too_many_go_to_the_place_named(tmp_path):
    lines = [f" all{number} new{number}\n" for number in range(50)]
    counter = TokenCounter(cut_by(SPACES), runs=tmp_path / "part", most=10)
    counter.add(lines)
    runs = counter.finish()
    assert len(runs) > 5
    assert sorted(run.name for run in runs) == sorted(path.name for path in tmp_path.iterdir())
    found = dict(most_frequent(runs, EVERYTHING))
    assert found == {f" {word}": 1 for line in lines for word in line.split()}


def test_long_new_words_go_to_the_disk_before_they_fill_the_memory(tmp_path, monkeypatch):
    monkeypatch.setattr(token_counter, "MOST_CHARACTERS", 1000)
    counter = TokenCounter(cut_by(SPACES), runs=tmp_path / "part")
    counter.add(f" {'x' * 300}{number}" for number in range(20))
    assert len(counter.finish()) >= 4
    repeated = TokenCounter(cut_by(SPACES), runs=tmp_path / "same")
    repeated.add([" the same words again\n" * 20] * 20)
    assert len(repeated.finish()) == 1


def test_what_is_taken_away_is_counted_below_nothing(tmp_path):
    added = TokenCounter(cut_by(PUNCTUATION), runs=tmp_path / "all")
    added.add([" a, b\n a, c\n"])
    taken = TokenCounter(cut_by(PUNCTUATION), runs=tmp_path / "tail", sign=-1)
    taken.add([" a, c\n"])
    runs = [*added.finish(), *taken.finish()]
    assert most_frequent(runs, EVERYTHING) == [(" a,", 1), (" b", 1)]


def test_a_text_that_fits_the_memory_leaves_no_file_behind(tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    counter = TokenCounter(cut_by(SPACES))
    counter.add([" a b a\n"])
    assert counter.most_frequent(Wanted(most=1)) == [(" a", 2)]
    assert list(tmp_path.iterdir()) == []


def test_nothing_counted_is_one_empty_run(tmp_path):
    counter = TokenCounter(cut_by(SPACES), runs=tmp_path / "part")
    counter.add([])
    assert len(counter.finish()) == 1
    assert counter.most_frequent(EVERYTHING) == []


def test_a_disk_that_takes_no_counts_is_one_sentence(tmp_path):
    (tmp_path / "file").touch()
    counter = TokenCounter(cut_by(SPACES), runs=tmp_path / "file" / "part", most=0)
    with pytest.raises(LmkitError, match="the words of the text need room on the disk"):
        counter.add([" a\n"])


@given(words=st.dictionaries(st.sampled_from([" a,", " b", " a", ",b", "中,"]), st.integers(-3, 3)))
def test_words_are_cut_as_often_as_they_were_read(words):
    found = cut_counts(words.items(), cut_by(PUNCTUATION))
    expected = Counter()
    for word, count in words.items():
        for token in cut_by(PUNCTUATION)(word):
            expected[token] += count
    assert +found == +expected
    assert -found == -expected


def test_the_most_frequent_tokens_are_wanted_first_and_equal_ones_by_spelling():
    counts = {"b": 2, "a": 2, "c": 5, "d": 1, "e": 9}
    wanted = Wanted(most=3, fewest=2, never=frozenset({"e"}))
    assert wanted.best(counts.items()) == [("c", 5), ("a", 2), ("b", 2)]
    assert Wanted(most=2).best(counts.items()) == [("e", 9), ("c", 5)]
    assert Wanted(most=0).best(counts.items()) == []
