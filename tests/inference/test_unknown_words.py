import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmkit.inference.unknown_words import (
    UnknownWord,
    describe_unknown_words,
    unknown_words,
    with_known_variants,
)
from lmkit.inference.vocabulary import Vocabulary
from lmkit.text.tokenizer import Tokenizer, TokenizerConfig

LINES = ["I'll ask the company , said Mary .", 'the cat said "no" to a well-known NATO man .'] * 2


def vocabulary(lines=LINES, **settings):
    return Vocabulary(Tokenizer.train(lines, TokenizerConfig(**settings)))


QUOTES_KEPT = {"unit": "word", "split": "punctuation", "straight_quotes": False}
WORDS = vocabulary(**QUOTES_KEPT)


@pytest.mark.parametrize(
    ("typed", "known"),
    [
        *(("I’ll", "I'll"), ("i’ll", "I'll"), ("The", "the"), ("COMPANY", "company")),
        *(("mary", "Mary"), ("nato", "NATO"), ("well‑known", "well-known"), ("“no”", '"no"')),
    ],
)
def test_a_word_in_another_spelling_has_its_known_variant(typed, known):
    assert with_known_variants(WORDS, f"the {typed} .") == f"the {known} ."
    assert len(unknown_words(WORDS, f"the {typed} .")) == 1
    assert all(word.variant for word in unknown_words(WORDS, f"the {typed} ."))


def test_a_curly_apostrophe_is_used_where_the_vocabulary_has_that():
    curly = vocabulary(["I’ll go .", "I’ll stay ."], **QUOTES_KEPT)
    assert with_known_variants(curly, "I'll go .") == "I’ll go ."


def test_words_without_a_variant_are_named_and_stay():
    text = "the zyzzyva , said Zaphod ."
    assert unknown_words(WORDS, text) == (
        UnknownWord("zyzzyva", None),
        UnknownWord("Zaphod", None),
    )
    assert with_known_variants(WORDS, text) == text


def test_a_known_text_has_no_unknown_words_and_stays():
    text = "I'll ask the company , said Mary ."
    assert unknown_words(WORDS, text) == ()
    assert with_known_variants(WORDS, text) is text


def test_each_word_is_named_once_and_in_order():
    found = unknown_words(WORDS, "xi the psi\nxi The psi")
    assert [word.word for word in found] == ["xi", "psi", "The"]


def test_punctuation_around_a_word_is_left_out_of_its_name():
    assert unknown_words(WORDS, "the zyzzyva, the") == (UnknownWord("zyzzyva", None),)
    assert unknown_words(WORDS, "the Mary's, the") == (UnknownWord("Mary's", None),)


def test_words_parted_by_spaces_alone_are_judged_as_they_stand():
    spaces = vocabulary(unit="word", split="spaces")
    assert unknown_words(spaces, "the company, said") == (UnknownWord("company,", None),)
    assert unknown_words(spaces, "the Company , said") == (UnknownWord("Company", "company"),)


def test_a_lower_cased_vocabulary_knows_capitals():
    lower = vocabulary(unit="word", split="punctuation", lowercase=True)
    assert unknown_words(lower, "The COMPANY , said mary .") == ()


def test_blanks_are_no_words():
    text = "the ___ , the zy___ , un___ed Company ____+ ."
    assert [word.word for word in unknown_words(WORDS, text)] == ["Company"]
    assert with_known_variants(WORDS, text) == text.replace("Company", "company")


def test_the_unknown_word_asked_for_by_name_is_known():
    assert unknown_words(WORDS, "the <unk> said") == ()


def test_white_space_stays_as_it_is():
    assert with_known_variants(WORDS, " The  cat\n\tThe ") == " the  cat\n\tthe "


def test_characters_of_scripts_without_spaces_are_words():
    chinese = vocabulary(["猫狗猫", "狗猫狗"], unit="word", split="punctuation")
    assert [word.word for word in unknown_words(chinese, "猫鳥狗")] == ["鳥"]


def test_unknown_characters_are_found_in_words():
    letters = vocabulary(unit="char")
    assert unknown_words(letters, "the cät") == (UnknownWord("cät", None),)


@pytest.mark.parametrize("unit", ["bpe", "unigram"])
def test_a_vocabulary_that_spells_every_word_lacks_none(unit):
    spelling = vocabulary(unit=unit, vocab_size=270)
    assert unknown_words(spelling, "I’ll zyzzyva 猫") == ()
    assert with_known_variants(spelling, "I’ll zyzzyva 猫") == "I’ll zyzzyva 猫"


def test_one_line_names_both_kinds():
    found = unknown_words(WORDS, "I’ll ask Zaphod , The zyzzyva .")
    assert describe_unknown_words(found) == (
        "unknown to the model: Zaphod, zyzzyva; read as known words: I’ll as I'll, The as the"
    )


def test_a_long_list_of_unknown_words_is_cut_short():
    found = [UnknownWord(f"w{number}", None) for number in range(2000)]
    line = describe_unknown_words(found)
    assert line.endswith("w7 and 1,992 more")


def test_control_characters_are_not_repeated():
    found = unknown_words(WORDS, "the \x1b[2Jred one")
    assert "\x1b" not in describe_unknown_words(found)


@given(st.text(max_size=60))
def test_any_text_keeps_its_white_space_and_gains_no_unknown_word(text):
    text = text.encode("utf-8", "replace").decode()
    known = with_known_variants(WORDS, text)
    assert len(unknown_words(WORDS, known)) <= len(unknown_words(WORDS, text))
    assert with_known_variants(WORDS, known) == known


def test_a_word_as_long_as_a_page_is_cut_short():
    line = describe_unknown_words([UnknownWord("ab" * 3000, None), UnknownWord("Ü" * 50, "ü")])
    assert len(line) < 150
    assert "abab…" in line
