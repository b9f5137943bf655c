"""An ARPA file gives the probabilities of the n-gram it was written from."""

import math

import numpy as np
import pytest
import torch

from lmkit.interop.arpa.writing import MARK, arpa_lines, words_of
from lmkit.models.ngram.kneser_ney import Level, NGramTables
from lmkit.models.ngram.ngram import NGram

LINE_END, UNKNOWN, VOCAB = 1, 0, 12
NAMES = ["<unk>", "</s>", *(f"w{number}" for number in range(2, VOCAB))]


def fitted(order=4, words=600, prune=None, seed=0):
    ids = np.random.default_rng(seed).zipf(1.4, words).clip(max=VOCAB - 1)
    return NGram.fit(ids, vocab_size=VOCAB, line_end_id=LINE_END, order=order, prune=prune)


@pytest.fixture
def read(read_arpa):
    return lambda ngram, names=NAMES: read_arpa("".join(arpa_lines(ngram.tables, names)))


def sentences(count=40, seed=1):
    generator = np.random.default_rng(seed)
    lengths = generator.integers(0, 9, count)
    return [[int(n) for n in generator.integers(2, VOCAB, length)] for length in lengths]


def expected(ngram, sentence):
    """Return the logarithms, base 10, that the model gives to a line and its end."""
    ids = torch.tensor([[LINE_END, *sentence]])
    prediction, _ = ngram.read(ids, ngram.start(1))
    after = torch.tensor([[*sentence, LINE_END]])
    return (prediction.log_prob_of(after)[0].double() / math.log(10)).tolist()


@pytest.mark.parametrize("order", [1, 2, 3, 5])
def test_a_reader_that_backs_off_finds_the_probabilities_of_the_model(order, read):
    ngram = fitted(order)
    arpa = read(ngram)
    for sentence in sentences():
        found = arpa.sentence([NAMES[word] for word in sentence])
        assert found == pytest.approx(expected(ngram, sentence), abs=1e-5)


def test_pruned_ngrams_leave_their_mass_to_shorter_ones(read):
    ngram = fitted(prune=2)
    assert len(ngram.tables.levels[3].keys) < len(fitted().tables.levels[3].keys)
    arpa = read(ngram)
    for sentence in sentences():
        found = arpa.sentence([NAMES[word] for word in sentence])
        assert found == pytest.approx(expected(ngram, sentence), abs=1e-5)


def test_after_every_context_the_words_sum_to_one(read):
    arpa = read(fitted())
    words = [name for name in NAMES if name != "<s>"]
    for context in (["<s>"], ["<s>", "w2"], ["w2", "w3"], ["w9", "w2", "w2"], []):
        total = sum(10 ** arpa.log_prob([*context, word]) for word in words)
        assert total == pytest.approx(1, abs=1e-4)


def test_the_line_end_is_the_end_when_predicted_and_the_beginning_as_a_context(read):
    arpa = read(fitted())
    longer = [words for words in arpa.log_probs if len(words) > 1]
    assert any(words[0] == "<s>" for words in longer)
    assert any(words[-1] == "</s>" for words in longer)
    assert not any("<s>" in words[1:] or "</s>" in words[:-1] for words in longer)
    assert arpa.log_probs["<s>",] == -99
    assert arpa.back_offs["<s>",] < 0
    assert arpa.back_offs["</s>",] == 0


def test_the_numbers_of_ngrams_stand_at_the_head(read):
    ngram = fitted()
    arpa = read(ngram)
    sizes = [len(level.keys) for level in ngram.tables.levels]
    assert list(arpa.counts.values()) == [sizes[0] + 1, *sizes[1:]]  # <s> beside the ids
    for order, count in arpa.counts.items():
        assert sum(len(words) == order for words in arpa.log_probs) == count


def test_every_ngram_stands_beside_its_context_and_its_end(read):
    arpa = read(fitted(prune=1))
    for words in arpa.log_probs:
        assert len(words) == 1 or (words[:-1] in arpa.log_probs and words[1:] in arpa.log_probs)


def test_a_vocabulary_without_an_unknown_word_gets_one_that_never_comes(read):
    names = [f"b{number}" for number in range(VOCAB)]
    names[LINE_END] = "</s>"
    ngram = fitted()
    arpa = read(ngram, names)
    assert arpa.log_probs["<unk>",] == -99
    assert arpa.counts[1] == VOCAB + 2
    found = arpa.sentence([names[word] for word in (2, 0, 3)])
    assert found == pytest.approx(expected(ngram, [2, 0, 3]), abs=1e-5)


def test_parts_of_any_size_join_to_the_same_file():
    tables = fitted().tables
    whole = "".join(arpa_lines(tables, NAMES))
    parts = list(arpa_lines(tables, NAMES, chunk=3))
    assert "".join(parts) == whole
    assert max(part.count("\n") for part in parts) <= 4
    assert whole.startswith(f"{MARK}\n\\data\\\n")
    assert whole.endswith("\n\\end\\\n")


def test_no_logarithm_is_above_zero():
    keys = np.arange(3)
    level = Level(keys, np.array([1e-5, 0.0, -2.0], np.float32), np.zeros(3, np.float32))
    tables = NGramTables((level,), ((0.5, 1.0, 1.5),), 1)
    lines = "".join(arpa_lines(tables, ["<unk>", "</s>", "a"]))
    assert "\n0\t<unk>\n0\t</s>\n-0.868589\ta\n" in lines


def test_an_empty_text_gives_a_uniform_file(read):
    ngram = NGram.fit(np.array([], int), vocab_size=VOCAB, line_end_id=LINE_END, order=3)
    arpa = read(ngram)
    assert arpa.sentence(["w2"]) == pytest.approx([-math.log10(VOCAB)] * 2, abs=1e-5)
    assert arpa.counts == {1: VOCAB + 1, 2: 0, 3: 0}


def test_the_words_of_an_ngram_are_found_through_its_contexts():
    ids = np.array([2, 3, 4, LINE_END])
    tables = NGram.fit(ids, vocab_size=VOCAB, line_end_id=LINE_END, order=3).tables
    entries = np.arange(len(tables.levels[2].keys))
    assert set(map(tuple, words_of(tables, 3, entries).tolist())) == {
        (1, 2, 3),
        (2, 3, 4),
        (3, 4, 1),
    }
