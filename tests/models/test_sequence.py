"""Sequences read in chunks have the log-probabilities of tokens read one at a time."""

import itertools
import math

import numpy as np
import pytest
import torch

from lmkit.models.adapters.cache_prediction import CacheConfig
from lmkit.models.adapters.neural_cache import NeuralCache
from lmkit.models.ngram.ngram import NGram
from lmkit.models.recurrent.recurrent_lm import RecurrentLM, RecurrentLMConfig
from lmkit.models.sequence import (
    CHUNK,
    FEWEST,
    POSITIONS,
    affordable,
    batches_by_length,
    chunk_length,
    read_chunks,
    sequence_log_probs,
    stream_log_probs,
    stream_of_lines,
)

VOCAB, LINE_END = 12, 1
LONG = np.ones(5000, dtype=np.uint16)


def recurrent():
    config = RecurrentLMConfig(vocab_size=VOCAB, hidden=8, embedding=8)
    return RecurrentLM(config, torch.Generator().manual_seed(0)).eval()


def ngram():
    ids = np.random.default_rng(1).integers(VOCAB, size=300)
    return NGram.fit(ids, vocab_size=VOCAB, line_end_id=LINE_END, order=3)


def cached():
    return NeuralCache(recurrent(), CacheConfig(window=30, weight=0.3))


@pytest.fixture(params=[recurrent, ngram, cached])
def model(request):
    return request.param()


def some_ids(rows, length, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return torch.randint(VOCAB, (rows, length), generator=generator)


def one_at_a_time(model, row):
    """Log-probabilities of a row of ids, each from the whole distribution after one more id."""
    state, found = model.start(1), []
    for before, after in itertools.pairwise(row):
        prediction, state = model.read(before.view(1, 1), state)
        found.append(float(prediction.log_probs()[0, 0, after]))
    return torch.tensor(found, dtype=torch.float64)


def test_log_probs_are_those_of_tokens_read_one_at_a_time(model):
    ids = some_ids(3, 20)
    found, _ = sequence_log_probs(model, ids, model.start(3))
    expected = torch.stack([one_at_a_time(model, row) for row in ids])
    assert torch.allclose(found, expected, atol=1e-5)


def test_a_stream_longer_than_a_chunk_is_read_with_its_state_carried():
    model, ids = recurrent(), some_ids(1, CHUNK + 20)
    found, _ = sequence_log_probs(model, ids, model.start(1))
    assert torch.allclose(found[0], one_at_a_time(model, ids[0]), atol=1e-5)


def test_a_stream_cut_in_two_reads_the_same(model):
    ids = some_ids(2, 30)
    whole, _ = sequence_log_probs(model, ids, model.start(2))
    for cut in (0, 1, 13, 29):
        first, state = sequence_log_probs(model, ids[:, : cut + 1], model.start(2))
        rest, _ = sequence_log_probs(model, ids[:, cut:], state)
        assert torch.allclose(torch.cat([first, rest], 1), whole, atol=1e-5)


def test_a_row_reads_the_same_alone_and_beside_others(model):
    ids = some_ids(5, 17)
    together, _ = sequence_log_probs(model, ids, model.start(5))
    alone, _ = sequence_log_probs(model, ids[2:3], model.start(1))
    assert torch.allclose(together[2], alone[0], atol=1e-5)


def test_padding_counts_nothing_and_changes_nothing_before_it(model):
    ids, lengths = some_ids(3, 12), torch.tensor([11, 4, 0])
    padded, _ = sequence_log_probs(model, ids, model.start(3), lengths=lengths)
    whole, _ = sequence_log_probs(model, ids, model.start(3))
    for row, length in enumerate(lengths.tolist()):
        assert torch.equal(padded[row, :length], whole[row, :length])
        assert not padded[row, length:].any()


def test_nothing_is_read_where_nothing_is_predicted():
    model = recurrent()
    state = model.start(2)
    found, after = sequence_log_probs(model, some_ids(2, 1), state)
    assert found.shape == (2, 0)
    assert after is state


def test_log_probs_are_double_so_that_long_sums_keep_their_digits():
    model = recurrent()
    found, _ = sequence_log_probs(model, some_ids(1, 9), model.start(1))
    assert found.dtype == torch.float64


def test_one_rule_gives_the_chunk_of_any_number_of_rows():
    assert chunk_length(1) == CHUNK
    assert chunk_length(32) == POSITIONS // 32
    assert chunk_length(10 * POSITIONS) == 1
    assert chunk_length(0) == CHUNK


def test_chunks_join_to_the_targets_and_tell_where_they_begin():
    model, ids = recurrent(), some_ids(2, 50)
    chunks = list(read_chunks(model, ids, model.start(2), most=7))
    assert torch.equal(torch.cat([chunk.targets for chunk in chunks], 1), ids[:, 1:])
    assert [chunk.begin for chunk in chunks] == list(range(0, 49, 7))
    assert max(chunk.targets.shape[1] for chunk in chunks) == 7


def test_smaller_chunks_give_the_same_predictions():
    model, ids = ngram(), some_ids(2, 40)
    whole, _ = sequence_log_probs(model, ids, model.start(2))
    parts = [
        chunk.prediction.log_prob_of(chunk.targets)
        for chunk in read_chunks(model, ids, model.start(2), most=3)
    ]
    assert torch.allclose(torch.cat(parts, 1).double(), whole)


def test_the_model_reads_its_states_and_never_changes_one():
    model, ids = recurrent(), some_ids(1, 30)
    _, state = sequence_log_probs(model, ids, model.start(1))
    kept = [part.clone() for layer in state for part in layer]
    sequence_log_probs(model, ids, state)
    assert all(map(torch.equal, kept, [part for layer in state for part in layer]))


def test_a_stream_of_lines_begins_after_a_line_end():
    assert stream_of_lines([4, 5, LINE_END], LINE_END).tolist() == [[LINE_END, 4, 5, LINE_END]]
    assert stream_of_lines(np.array([3], dtype=np.uint16), 0).dtype == torch.int64
    assert stream_of_lines([], LINE_END).tolist() == [[LINE_END]]


def test_a_stream_of_nothing_has_no_log_probs():
    assert stream_log_probs(recurrent(), [], line_end_id=LINE_END).shape == (0,)


def test_a_stream_of_lines_is_read_as_one_row(model):
    ids = some_ids(1, 25)[0]
    found = stream_log_probs(model, ids.numpy(), line_end_id=LINE_END)
    expected = one_at_a_time(model, torch.cat([torch.tensor([LINE_END]), ids]))
    assert torch.allclose(found, expected, atol=1e-5)


def part(ids, seconds):
    return affordable(recurrent(), ids, line_end_id=LINE_END, seconds=seconds)


def test_with_all_the_time_all_is_read():
    assert len(part(LONG, math.inf)) == len(part(LONG, 1000.0)) == len(LONG)


def test_without_time_nothing_is_read():
    assert len(part(LONG, 0.0)) == 0


def test_what_is_read_is_enough_or_nothing():
    assert all(n == 0 or n >= FEWEST for n in (len(part(LONG, 2.0**-k)) for k in range(14)))


def test_an_empty_text_is_empty():
    assert len(part(LONG[:0], 1.0)) == 0


def test_batches_hold_every_row_once_and_stay_small():
    lengths = [5, 1, 9, 100, 3, 3, 8]
    groups = list(batches_by_length(lengths, positions=20, rows=3))
    assert sorted(row for group in groups for row in group) == list(range(len(lengths)))
    assert all(len(g) * max(lengths[r] for r in g) <= 20 for g in groups if len(g) > 1)
    assert max(map(len, groups)) <= 3
