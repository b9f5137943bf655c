from lmkit.text.tokenizer import Tokenizer, TokenizerConfig
from lmkit.text.words import build_table, split_words

WHOLE = ["ing", ",", "'s", " ", "é", " 中", "中", "_", "’", "''", "\x00"]
SPELLINGS = [b" <unk>", b"\n", b" the", b"\xc3", b"\xa9", b"\xe4", b" \xf0\x9f"]
SPELLINGS += [text.encode() for text in WHOLE]
TABLE = build_table(SPELLINGS, unknown_id=0, whole_words=False)


def named(flags):
    return {spelling for spelling, flag in zip(SPELLINGS, flags, strict=True) if flag}


def test_a_piece_carries_on_a_word_if_it_begins_like_the_inside_of_one():
    expected = {b"ing", b"'s", "é".encode(), b"\xc3", b"\xa9", b"_", "’".encode()}
    assert named(TABLE.continues) == expected


def test_whole_words_carry_on_nothing():
    assert not build_table(SPELLINGS, unknown_id=0, whole_words=True).continues.any()


def test_what_is_never_shown():
    assert named(TABLE.hidden) == {b" <unk>", b"\n", b"\x00"}


def test_what_only_opens_a_word():
    assert named(TABLE.opens) == {b" ", b"\xc3", b"\xe4", b" \xf0\x9f"}


def test_a_character_of_another_script_is_a_word_in_words_and_subwords():
    tokenizer = Tokenizer.train(["中文 " * 20], TokenizerConfig(unit="char"))
    tokens = dict(zip(tokenizer.tokens.texts, tokenizer.tokens.continues.tolist(), strict=True))
    assert tokens["中"] is False


def test_words_stand_between_white_space():
    assert split_words(" don't  stop, \t") == ["don't", "stop,"]
