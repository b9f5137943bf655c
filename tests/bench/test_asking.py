import itertools

import pytest

from lmkit.bench.asking import TOGETHER, Asking, Effort, percentile_95
from lmkit.bench.untrained import Size, sample_words, untrained_archive
from lmkit.results.bench import Machine

MACHINE = Machine(
    threads=1, gflops=2.0, torch_gflops=2.0, bfloat16_gflops=None, copy_gb_per_second=3.0, torch=""
)


@pytest.fixture(params=["float", "int8"])
def asking(request):
    """A tiny model, asked by a clock that goes on by a second whenever it is read."""
    archive = untrained_archive(Size(1, 8, 60))
    clock = itertools.count().__next__
    effort = Effort(words=20, scored=30, fills=2, clock=clock, weights=request.param)
    return Asking(archive, sample_words(archive, [], 30), effort=effort, machine=MACHINE)


def weights(asking):
    return sum(weight.numel() for weight in asking._archive.model.parameters())


def test_a_next_word_fetches_every_weight(asking):
    found = asking.next_word()
    assert (found.p50_ms, found.p95_ms) == (1000.0, 1000.0)
    size = {"float": 4, "int8": 1}[asking.effort.weights]
    assert found.bandwidth_share == pytest.approx(size * weights(asking) / 3e9)


def test_generation_counts_the_words_of_all_texts(asking):
    found = asking.generation()
    assert found.words_per_second == 20
    assert found.together_words_per_second == TOGETHER * 20


def test_scoring_reads_every_word_once(asking):
    found = asking.scoring()
    assert found.words_per_second == found.lines_words_per_second == 30
    assert found.matrix_product_share == pytest.approx(2 * weights(asking) * 30 / 2e9)
    assert " ".join(asking.lines()).split() == asking.words


def test_a_blank_stands_between_eight_words_and_eight(asking):
    left, right = asking.blanks()[0].split(" ___ ")
    assert (left.split(), right.split()) == (asking.words[:8], asking.words[8:16])
    assert asking.filling().p50_ms == 1000.0


def test_one_value_in_twenty_is_above_the_95th_percentile():
    assert percentile_95(range(100)) == pytest.approx(95, abs=1)
