import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmkit.inference.vocabulary import Vocabulary
from lmkit.inference.writable import WritableTokens
from lmkit.text.tokenizer import Tokenizer, TokenizerConfig

LINES = [
    'the man said , "Behold the well-known cat ."',
    "(the dog's cat ; the cats' dog) said: Behold!",
    "__init__ is a_name , a ____ and ___ , thedog",
    "don't say 3.5 or 3, or U.S. 東京 は 1,000",
] * 3


def vocabulary(lines=LINES, **settings):
    return Vocabulary(Tokenizer.train(lines, TokenizerConfig(**settings)))


UNITS = {
    "word": vocabulary(unit="word", split="punctuation"),
    "spaces": vocabulary(unit="word", split="spaces"),
    "bpe": vocabulary(unit="bpe", vocab_size=330),
    "unigram": vocabulary(unit="unigram", vocab_size=330),
    "char": vocabulary(unit="char"),
}
WORDS = UNITS["word"]


@pytest.fixture(params=UNITS)
def any_unit(request):
    return UNITS[request.param]


def id_of(vocabulary, text):
    return vocabulary.texts.index(text)


def accepts(vocabulary, before, text):
    ids = vocabulary.tokenizer.encode(before)
    return WritableTokens(vocabulary).accept(ids, id_of(vocabulary, text))


def test_a_word_without_its_space_is_refused_after_a_word():
    assert not accepts(WORDS, "the", "Behold")
    assert accepts(WORDS, "the", " the")
    assert accepts(WORDS, 'said "', "Behold")


def test_punctuation_may_stick_to_a_word():
    assert accepts(WORDS, "the dog", ",")
    assert accepts(WORDS, "the dog", ")")
    assert accepts(WORDS, "the dog said", ":")


def test_tokens_that_would_be_one_word_are_refused_however_many_they_are():
    """ "dog" and "'" may stand together, and "'" and "Behold", but not the three."""
    assert accepts(WORDS, "the dog", "'")
    assert accepts(WORDS, "the '", "Behold")
    assert not accepts(WORDS, "the dog'", "Behold")


def test_a_line_begins_with_any_token():
    writable = WritableTokens(WORDS)
    behold = id_of(WORDS, "Behold")
    assert writable.accept([], behold)
    assert writable.accept([WORDS.line_end_id], behold)
    assert writable.accept([*WORDS.tokenizer.encode("the dog"), WORDS.line_end_id], behold)


def test_a_run_of_underscores_is_refused(any_unit):
    writable = WritableTokens(any_unit)
    before = any_unit.tokenizer.encode("the")
    for token, text in enumerate(any_unit.texts):
        if "___" in text:
            assert not writable.accept(before, token)


def test_underscores_do_not_add_up_to_a_blank():
    letters = UNITS["char"]
    one = id_of(letters, "_")
    writable = WritableTokens(letters)
    before = letters.tokenizer.encode("a ")
    assert writable.accept(before, one)
    assert writable.accept([*before, one], one)
    assert not writable.accept([*before, one, one], one)
    assert writable.accept([*before, one, one, id_of(letters, "i")], one)


def test_names_with_underscores_are_written():
    assert accepts(WORDS, "the", " __init__")
    assert accepts(WORDS, "the", " a_name")


def test_blanks_are_hidden_from_every_offer():
    for name in ("word", "spaces", "bpe", "unigram"):
        own = UNITS[name]
        offered = [text for text, hidden in zip(own.texts, own.hidden, strict=True) if not hidden]
        assert not any("___" in text for text in offered)
    assert not WORDS.hidden[id_of(WORDS, " __init__")]


@pytest.mark.parametrize("name", UNITS)
@pytest.mark.parametrize("line", LINES[:4])
def test_every_text_as_the_tokenizer_cuts_it_may_be_written(name, line):
    """But for its blanks."""
    own = UNITS[name]
    writable = WritableTokens(own)
    ids = own.tokenizer.encode(line.replace("____", "a").replace("___", "a"))
    refused = [
        own.texts[token] for n, token in enumerate(ids) if not writable.accept(ids[:n], token)
    ]
    assert refused == []


@given(st.lists(st.integers(0, len(WORDS) - 1), max_size=8))
def test_what_is_written_of_words_reads_back_as_it_was_written(tokens):
    writable, written = WritableTokens(WORDS), WORDS.tokenizer.encode("the")
    for token in tokens:
        if not WORDS.hidden[token] and writable.accept(written, token):
            written.append(token)
    assert WORDS.tokenizer.encode(WORDS.tokenizer.decode(written)) == written


@pytest.mark.parametrize("unit", ["bpe", "unigram"])
def test_letters_of_subwords_meet_only_where_they_are_cut_so(unit):
    own = UNITS[unit]
    writable = WritableTokens(own)
    for first in range(0, len(own), 7):
        for second in range(0, len(own), 5):
            left, right = own.texts[first], own.texts[second]
            if left[-1:].isalpha() and right[:1].isalpha() and "\ufffd" not in left + right:
                cut = own.tokenizer.encode_inside(left + right) == [first, second]
                whole = own.tokenizer.encode_inside(left) == [first]
                assert not whole or writable.accept([first], second) == cut


def test_many_answers_are_not_kept_for_ever(monkeypatch):
    monkeypatch.setattr("lmkit.inference.writable._KEPT", 2)
    writable = WritableTokens(WORDS)
    before = WORDS.tokenizer.encode("the dog")
    for text in (",", ")", ":", "!", "Behold"):
        writable.accept(before, id_of(WORDS, text))
    assert len(writable._answers) <= 2
