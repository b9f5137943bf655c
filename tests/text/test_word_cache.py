import re
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmkit.text import word_cache
from lmkit.text.normalise import normalise_text, open_lines
from lmkit.text.tokenizer import UNITS, Tokenizer, TokenizerConfig
from lmkit.text.units import plain_pattern
from lmkit.text.word_cache import (
    WordCache,
    batched_words,
    is_unspaced,
    plain_encoder,
    spaced_words,
    spelling,
)

WORD = re.compile(r"\n| ?[^ \n]+| ")  # a word with its space, or a line end

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


def cache_of(tokenizer, plain=None):
    library = Recording(tokenizer.to_library())
    return WordCache(library, tokenizer.line_end_id, plain=plain), library


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


def test_plain_words_do_not_ask_the_library():
    tokenizer = TOKENIZERS["word"]
    vocabulary = {text: number for number, text in enumerate(tokenizer.tokens.texts)}
    plain = plain_encoder(plain_pattern(tokenizer.config), vocabulary, tokenizer.unknown_id)
    cache, library = cache_of(tokenizer, plain)
    text = " the cat's hat, zebra, é: <unk>\n café\n"
    assert cache.encode(text).ids.tolist() == tokenizer.to_library().encode(text).ids
    assert sorted(library.asked) == [" café", " é:"]


@pytest.mark.parametrize("unit", ["word", "char"])
@pytest.mark.parametrize("split", ["spaces", "punctuation"])
@given(text=st.text(alphabet="a1_,.'-<unk>\n \"") | st.text(st.characters(max_codepoint=127)))
def test_plain_text_is_cut_as_the_library_cuts_it(unit, split, text):
    tokenizer = Tokenizer.train([TEXT], TokenizerConfig(unit=unit, split=split, min_frequency=1))
    opened = open_lines(normalise_text(text))
    library = tokenizer.to_library().encode(opened, add_special_tokens=False)
    assert tokenizer.encode_block(opened).ids.tolist() == library.ids


@given(text=st.text(alphabet="ab \n中"))
def test_words_split_at_spaces_are_the_text(text):
    words = spaced_words(text)
    joined = "".join("\n" if word == "\n" else _with_line_end(word) for word in words)
    assert joined == ("\n" if is_unspaced(text) else "") + text


def _with_line_end(word):
    return ("\n" if word.startswith("\n") else "") + spelling(word)


@given(
    words=st.lists(st.text(alphabet="ab", min_size=1)), size=st.integers(min_value=0, max_value=9)
)
def test_batches_hold_every_word_with_a_line_end(words, size):
    batches = list(batched_words(words, size=size))
    assert "".join(batches) == "".join(f"{word}\n" for word in words)
    assert "" not in batches
