from collections import Counter
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Regex, pre_tokenizers

from lmkit.text import word_cache
from lmkit.text.normalise import normalise_text, open_lines
from lmkit.text.scripts import CHARACTERS, PUNCTUATION, SPACES
from lmkit.text.word_cache import WordCache, count_tokens

PATTERNS = [SPACES, PUNCTUATION, CHARACTERS]


@pytest.mark.parametrize("pattern", PATTERNS)
@pytest.mark.parametrize("most", [1_000_000, 2])
@given(text=st.text(alphabet="the cat,.'\n中é") | st.text())
def test_pieces_are_counted_as_if_all_were_cut_at_once(pattern, most, text):
    cut = pre_tokenizers.Split(Regex(pattern), "isolated").pre_tokenize_str
    opened = open_lines(normalise_text(text))
    expected = Counter(token for token, _ in cut(opened)) if opened else Counter()
    del expected["\n"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(word_cache, "_MOST_WORDS", most)
        assert count_tokens(opened.splitlines(keepends=True), cut) == expected


class Counting:
    """A library that gives each word its length as an id, and keeps what it was asked."""

    def __init__(self):
        self.asked = []

    def encode_batch_fast(self, words, *, add_special_tokens):
        assert not add_special_tokens
        self.asked.extend(words)
        return [SimpleNamespace(ids=[len(word)]) for word in words]


def test_a_word_is_cut_once_and_long_words_are_forgotten():
    library = Counting()
    cache = WordCache(library)
    long = "x" * 100
    assert cache.encode(f" a bb a\n {long}").ids.tolist() == [2, 3, 2, 1, 101]
    assert cache.encode(f" bb a {long}").words == 3
    assert Counter(library.asked) == {" a": 1, " bb": 1, "\n": 1, f" {long}": 2}


def test_a_full_cache_begins_anew(monkeypatch):
    monkeypatch.setattr(word_cache, "_MOST_WORDS", 1)
    cache = WordCache(Counting())
    for _ in range(3):
        assert cache.encode(" a bb").ids.tolist() == [2, 3]
