"""The grammar as a source, and the best that can be reached on it."""

import math
import statistics

import pytest

from lmkit.core.errors import DataError, UsageError
from lmkit.data.sources.grammar import GrammarSource


def test_lines_come_again_the_same_and_differ_by_seed():
    source = GrammarSource(words=300, seed=1)
    assert list(source.lines()) == list(source.lines())
    assert list(source.lines()) != list(GrammarSource(words=300, seed=2).lines())


def test_about_as_many_words_as_asked_for():
    words = sum(len(line.split()) + 1 for line in GrammarSource(words=2000).lines())
    assert 2000 <= words < 2300


def test_measured_surprise_converges_to_the_exact_entropy():
    source = GrammarSource(words=60_000, seed=7)
    grammar = source.grammar
    bits = [-grammar.log_probability(line) / math.log(2) for line in source.lines()]
    error = statistics.stdev(bits) / math.sqrt(len(bits))
    assert abs(statistics.mean(bits) - grammar.entropy_per_line) < 3 * error
    lengths = [len(line.split()) + 1 for line in source.lines()]
    error = statistics.stdev(lengths) / math.sqrt(len(lengths))
    assert abs(statistics.mean(lengths) - grammar.words_per_line) < 3 * error


def test_best_perplexity_is_that_of_the_entropy_rate_on_much_text():
    source = GrammarSource(words=60_000, seed=8)
    best = source.best_perplexity(source.lines())
    assert best == pytest.approx(2**source.entropy_per_word, rel=0.03)


def test_next_words_of_the_grammar_sum_to_one_everywhere():
    source = GrammarSource(words=100, seed=3)
    for line in source.lines():
        words = line.split()
        for at in range(len(words) + 1):
            assert sum(source.grammar.next_words(words[:at]).values()) == pytest.approx(1)


def test_text_of_others_has_no_best_perplexity():
    source = GrammarSource(words=100)
    with pytest.raises(DataError, match="never writes"):
        source.best_perplexity(["the dogs barks ."])
    with pytest.raises(DataError, match="no line"):
        source.best_perplexity([])


def test_no_words_are_refused():
    with pytest.raises(UsageError):
        GrammarSource(words=0)
