import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmkit.core.errors import DataError
from lmkit.data.corpus import (
    CorpusFacts,
    id_type,
    open_corpus,
    read_blocks,
    spool_lines,
    write_corpus,
)
from lmkit.text.normalise import normalise_text, open_lines
from lmkit.text.tokenizer import UNITS, Tokenizer, TokenizerConfig
from lmkit.text.words import split_words

LINES = ["the cat sat on the mat, did it?", "中文 the end", "", "A café."]
TOKENIZERS = {unit: Tokenizer.train(LINES, TokenizerConfig(unit=unit)) for unit in UNITS}


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return tmp_path_factory.mktemp("corpus") / "ids.bin"


@pytest.mark.parametrize("unit", UNITS)
@given(lines=st.lists(st.text(alphabet="the cat,中é\t"), min_size=1, max_size=6))
def test_a_corpus_is_the_ids_of_the_text(path, unit, lines):
    tokenizer = TOKENIZERS[unit]
    text = "".join(f"{line}\n" for line in lines)
    facts = write_corpus([open_lines(tokenizer.normalise(text))], tokenizer, path)
    corpus = open_corpus(path, tokenizer.vocab_size, facts)
    assert corpus.ids.tolist() == tokenizer.encode(text)
    assert corpus.words == len(split_words(text)) + text.count("\n")
    assert corpus.lines == len(lines)
    expected = 0 if tokenizer.unknown_id is None else np.sum(corpus.ids == tokenizer.unknown_id)
    assert corpus.unknown == expected
    assert isinstance(corpus.ids, np.memmap)


def test_the_smallest_integer_type_is_taken():
    sizes = (1, 256, 257, 65_536, 65_537)
    assert [id_type(size) for size in sizes] == ["u1", "u1", "<u2", "<u2", "<u4"]


def test_an_unfinished_last_line_is_ended(path):
    facts = write_corpus([" the cat", " sat"], TOKENIZERS["word"], path)
    assert facts == CorpusFacts(words=4, lines=1, unknown=0, ids=4)


def test_a_word_cut_in_two_parts_counts_once(path):
    assert write_corpus(["中" * 10, "中" * 10 + " a", " b\n"], TOKENIZERS["char"], path).words == 4


def test_a_file_of_another_length_is_refused(path):
    facts = write_corpus([" the cat\n"], TOKENIZERS["word"], path)
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(DataError, match="not those that were written"):
        open_corpus(path, TOKENIZERS["word"].vocab_size, facts)


lines_of_text = st.lists(st.text(alphabet="ab \t中é\r\n\x00"), max_size=8)


@given(lines=lines_of_text)
def test_a_spool_holds_the_normalised_text_opened(path, lines):
    spool = spool_lines(lines, path)
    text = normalise_text("".join(f"{line}\n" for line in lines))
    assert path.read_bytes().decode() == open_lines(text)
    assert spool.total.words == len(split_words(text)) + text.count("\n")
    assert spool.total.lines == text.count("\n")
    assert spool.total.offset == path.stat().st_size


@given(lines=lines_of_text, size=st.integers(8, 40))
def test_blocks_joined_are_the_text(path, lines, size):
    spool = spool_lines(lines, path)
    blocks = list(read_blocks(spool, 0, spool.total.offset, size=size))
    assert "".join(blocks) == path.read_bytes().decode()


def test_blocks_end_where_no_piece_is_cut(path):
    spool = spool_lines(["the cat sat", "on the mat"], path)
    blocks = list(read_blocks(spool, 0, spool.total.offset, size=10))
    assert blocks == [" the cat", " sat\n on", " the mat\n"]


def test_a_long_word_is_cut_between_characters(path):
    spool = spool_lines(["中" * 100], path)
    blocks = list(read_blocks(spool, 0, spool.total.offset, size=16))
    assert "".join(blocks) == "中" * 100 + "\n"
    assert len(blocks) > 10


def test_the_digest_tells_texts_apart_and_not_the_white_space(path):
    one = spool_lines(["a  b"], path).digest
    assert spool_lines([" a b\t"], path).digest == one
    assert spool_lines(["a", "b"], path).digest != one


def test_capital_letters_are_given_up_where_asked(path):
    spool_lines(["The CAT"], path, lowercase=True)
    assert path.read_text() == " the cat\n"


def test_curly_quotes_become_straight_where_asked(path):
    spool_lines(["“I’ll”"], path)
    assert path.read_text() == " “I’ll”\n"
    spool_lines(["“I’ll”"], path, straight_quotes=True)
    assert path.read_text() == ' "I\'ll"\n'


@given(lines=st.lists(st.text(alphabet="ab c\n"), min_size=1, max_size=8), data=st.data())
def test_a_stretch_between_line_starts_is_read_as_it_stands(path, lines, data):
    spool = spool_lines(lines, path)
    content = path.read_bytes()
    starts = [0, *(at + 1 for at, byte in enumerate(content) if byte == ord("\n"))]
    start = data.draw(st.sampled_from(starts))
    end = data.draw(st.sampled_from([at for at in starts if at >= start]))
    assert "".join(read_blocks(spool, start, end, size=8)).encode() == content[start:end]


def test_marks_are_line_starts(path):
    spool = spool_lines((f"line {n}" for n in range(200_000)), path)
    content = path.read_bytes()
    assert len(spool.marks) > 5
    for mark in spool.marks:
        assert mark.lines == content[: mark.offset].count(b"\n")
        assert mark.words == 3 * mark.lines
