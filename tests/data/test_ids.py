import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lmkit.core.errors import NoWordsError
from lmkit.data.corpus import spool_lines, write_corpus
from lmkit.data.held_out import split_tail
from lmkit.data.ids import write_ids
from lmkit.data.prepared_text import open_prepared
from lmkit.text.tokenizer import Tokenizer, TokenizerConfig

LINES = ["", "a", "the cat sat", "a b c d e f g", "中文 a"]
TOKENIZERS = [
    Tokenizer.train(LINES, TokenizerConfig(unit=unit, min_frequency=1)) for unit in ("word", "bpe")
]


def blocks_of(ids, size):
    return lambda: (ids[n : n + size] for n in range(0, len(ids), size))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("ids")


@settings(max_examples=60)
@given(
    lines=st.lists(st.sampled_from(LINES), min_size=8, max_size=60),
    size=st.integers(min_value=1, max_value=40),
    number=st.integers(min_value=0, max_value=1),
)
def test_whole_lines_are_held_out_as_they_are_of_a_text(folder, lines, size, number):
    tokenizer = TOKENIZERS[number]
    ids = np.array(
        [i for line in lines for i in (*tokenizer.encode(line), tokenizer.line_end_id)], np.uint16
    )
    spool = spool_lines(lines, folder / "spool")
    total = spool.total
    if total.words == total.lines:
        with pytest.raises(NoWordsError):
            write_ids(folder / "out", blocks_of(ids, size), tokenizer)
        return
    write_ids(folder / "out", blocks_of(ids, size), tokenizer)
    text = open_prepared(folder / "out")
    assert text.train.words + text.valid.words in {total.words, total.words + 1}
    split, content = split_tail(spool), spool.path.read_bytes()
    words_before = content[: split.train_end].split()
    if not split.is_inside_line and len(content) < 2 * split.train_end and len(words_before) > 9:
        expected = write_corpus([content[: split.train_end].decode()], tokenizer, folder / "t")
        assert text.train.facts == expected
        assert text.train.ids.tolist() + text.valid.ids.tolist() == ids.tolist()


def test_one_long_line_is_cut_and_closed(tmp_path):
    tokenizer = TOKENIZERS[0]
    ids = np.array(tokenizer.encode("the cat sat " * 500), np.uint16)
    write_ids(tmp_path / "out", blocks_of(ids, 100), tokenizer)
    text = open_prepared(tmp_path / "out")
    assert text.train.ids[-1] == text.valid.ids[-1] == tokenizer.line_end_id
    assert len(text.train.ids) + len(text.valid.ids) == 1502
    assert 40 < text.valid.words < 150


def test_no_word_is_one_sentence(tmp_path):
    tokenizer = TOKENIZERS[0]
    for ids in ([], [tokenizer.line_end_id] * 5):
        with pytest.raises(NoWordsError, match="not one word"):
            write_ids(tmp_path / "out", blocks_of(np.array(ids, np.uint16), 3), tokenizer)
    assert list(tmp_path.iterdir()) == []


def test_words_are_counted_by_the_spaces_that_open_them(tmp_path):
    for number, tokenizer in enumerate(TOKENIZERS):
        lines = ["the cat's mat, it sat", "中文", "", "a"] * 40
        ids = [i for line in lines for i in (*tokenizer.encode(line), tokenizer.line_end_id)]
        write_ids(tmp_path / f"{number}", blocks_of(np.array(ids, np.uint16), 7), tokenizer)
        text = open_prepared(tmp_path / f"{number}")
        words = sum(len(line.split()) + 1 for line in lines)
        found = text.train.words + text.valid.words
        assert found == words or tokenizer.unknown_id is not None
