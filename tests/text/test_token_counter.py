from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Regex, pre_tokenizers

from lmkit.core.errors import LmkitError
from lmkit.text import word_cache
from lmkit.text.count_runs import Wanted, most_frequent
from lmkit.text.normalise import normalise_text, open_lines
from lmkit.text.scripts import CHARACTERS, PUNCTUATION, SPACES
from lmkit.text.token_counter import TokenCounter

PATTERNS = [SPACES, PUNCTUATION, CHARACTERS]
EVERYTHING = Wanted(most=1_000_000)


def cut_by(pattern):
    return pre_tokenizers.Split(Regex(pattern), "isolated").pre_tokenize_str


@pytest.mark.parametrize("pattern", PATTERNS)
@pytest.mark.parametrize("most_words", [300_000, 2])
@pytest.mark.parametrize("most", [300_000, 2])
@settings(max_examples=25)
@given(text=st.text(alphabet="the cat,.'\n中é") | st.text())
def test_tokens_are_counted_as_if_all_were_cut_at_once(pattern, most_words, most, text):
    opened = open_lines(normalise_text(text))
    expected = Counter(token for token, _ in cut_by(pattern)(opened)) if opened else Counter()
    del expected["\n"]
    counter = TokenCounter(cut_by(pattern), most=most)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(word_cache, "_MOST_WORDS", most_words)
        counter.add(opened.splitlines(keepends=True))
    assert dict(counter.most_frequent(EVERYTHING)) == expected
    assert counter.total == expected.total()


def test_counts_that_are_too_many_go_to_the_place_named(tmp_path):
    lines = [f" all{number} new{number}\n" for number in range(50)]
    counter = TokenCounter(cut_by(SPACES), runs=tmp_path / "part", most=10)
    for line in lines:
        counter.add([line])
    runs = counter.finish()
    assert len(runs) > 5
    assert sorted(run.name for run in runs) == sorted(path.name for path in tmp_path.iterdir())
    found = dict(most_frequent(runs, EVERYTHING))
    assert found == {f" {word}": 1 for line in lines for word in line.split()}


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
