import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmkit.core.errors import DataError
from lmkit.data.corpus import CorpusFacts, id_type, open_corpus, write_corpus
from lmkit.text.normalise import open_lines
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
