from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmkit.text import word_cache
from lmkit.text.normalise import normalise_text, open_lines
from lmkit.text.tokenizer import UNITS, Tokenizer, TokenizerConfig
from lmkit.text.word_cache import WORD, WordCache, batched_words

TEXT = " the cat's hat, it sat.\n the cat sat on 12 mats!\n"
TOKENIZERS = {unit: Tokenizer.train([TEXT], TokenizerConfig(unit=unit)) for unit in UNITS}


class Recording:
    """A library that keeps what it was asked."""

    def __init__(self, library):
        self.asked = []
        self._library = library

    def encode_batch_fast(self, texts, *, add_special_tokens):
        assert not add_special_tokens
        self.asked += [word for text in texts for word in text.split("\n")[:-1]]
        return self._library.encode_batch_fast(texts, add_special_tokens=False)


def cache_of(tokenizer):
    library = Recording(tokenizer.to_library())
    return WordCache(library, tokenizer.line_end_id), library


@pytest.mark.parametrize("unit", UNITS)
@pytest.mark.parametrize("most", [300_000, 2])
@given(text=st.text(alphabet="the cat,.'\n中é") | st.text())
def test_words_cut_one_by_one_are_the_text_cut_at_once(unit, most, text):
    cache, _ = cache_of(TOKENIZERS[unit])
    opened = open_lines(normalise_text(text))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(word_cache, "_MOST_WORDS", most)
        for _ in range(2):
            encoded = cache.encode(opened)
            whole = TOKENIZERS[unit].to_library().encode(opened, add_special_tokens=False)
            assert encoded.ids.tolist() == whole.ids
    assert encoded.words == len(WORD.findall(opened))


def test_a_word_is_cut_once_and_long_words_are_forgotten():
    cache, library = cache_of(TOKENIZERS["word"])
    long = "x" * 100
    cache.encode(f" a bb a\n {long}")
    assert cache.encode(f" bb a {long}").words == 3
    assert Counter(library.asked) == {" a": 1, " bb": 1, f" {long}": 2}


def test_a_full_cache_begins_anew(monkeypatch):
    monkeypatch.setattr(word_cache, "_MOST_WORDS", 1)
    cache, library = cache_of(TOKENIZERS["word"])
    first = cache.encode(" the cat").ids.tolist()
    assert cache.encode(" the cat").ids.tolist() == first
    assert Counter(library.asked) == {" the": 2, " cat": 2}


@given(
    words=st.lists(st.text(alphabet="ab", min_size=1)), size=st.integers(min_value=0, max_value=9)
)
def test_batches_hold_every_word_with_a_line_end(words, size):
    batches = list(batched_words(words, size=size))
    assert "".join(batches) == "".join(f"{word}\n" for word in words)
    assert "" not in batches
