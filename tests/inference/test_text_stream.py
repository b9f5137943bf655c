from lmkit.inference.text_stream import TextStream, begins_word
from lmkit.inference.vocabulary import Vocabulary
from lmkit.text.tokenizer import Tokenizer, TokenizerConfig


def test_characters_of_several_bytes_come_whole():
    tokenizer = Tokenizer.train(["abc abc"] * 5, TokenizerConfig(unit="bpe", vocab_size=260))
    stream = TextStream(Vocabulary(tokenizer), [])
    parts = [stream.add(token) for token in tokenizer.encode("né 猫🙂")]
    assert "".join(parts) == "né 猫🙂"
    assert all("\ufffd" not in part for part in parts)


def test_what_never_becomes_a_character_is_shown_at_the_end():
    tokenizer = Tokenizer.train(["abc abc"] * 5, TokenizerConfig(unit="bpe", vocab_size=260))
    stream = TextStream(Vocabulary(tokenizer), [])
    half = tokenizer.encode("a猫")[:-1]
    assert "".join([*map(stream.add, half), stream.end()]).startswith("a\ufffd")


def test_lines_begin_without_a_space(any_world):
    text = "the cat\na dog\n\nthe log"
    stream = TextStream(any_world.vocabulary, [])
    assert "".join(map(stream.add, any_world.tokenizer.encode(text))) == text


def test_words_begin_at_spaces_and_at_characters_without_any():
    assert begins_word(" the")
    assert begins_word("猫")
    assert not begins_word(",")
    assert not begins_word("ing")
    assert not begins_word(" ")
