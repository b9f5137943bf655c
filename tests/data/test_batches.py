import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from lmkit.data.batches import Batches, reversed_lines

LINE_END = 1


def a_text(length, seed=0):
    ids = np.random.default_rng(seed).integers(2, 50, length).astype(np.uint16)
    ids[-1] = LINE_END
    return ids


def predicted(batches, epoch=0):
    steps = range(epoch * batches.steps_per_epoch, (epoch + 1) * batches.steps_per_epoch)
    return torch.cat([batches.at(step).targets for step in steps], dim=1)


@given(st.integers(1, 2000), st.integers(1, 20), st.integers(1, 40), st.booleans())
def test_each_stream_reads_what_it_predicted_before(length, batch, time, reverse):
    batches = Batches(a_text(length), batch=batch, time=time, line_end_id=LINE_END, reverse=reverse)
    for step in range(batches.steps_per_epoch):
        window = batches.at(step)
        assert window.inputs.shape == window.targets.shape == (batches.batch, batches.time)
        assert torch.equal(window.inputs[:, 1:], window.targets[:, :-1])
        if step:
            assert torch.equal(window.inputs[:, 0], batches.at(step - 1).targets[:, -1])


@given(st.integers(1, 2000), st.integers(1, 20), st.integers(1, 40))
def test_every_id_is_predicted_once_but_for_the_remainder(length, batch, time):
    ids = a_text(length)
    batches = Batches(ids, batch=batch, time=time, line_end_id=LINE_END)
    streams = ids[: length // batches.batch * batches.batch].reshape(batches.batch, -1)
    epoch = predicted(batches).numpy()
    assert np.array_equal(epoch, streams[:, : epoch.shape[1]])
    assert length - epoch.size <= batches.batch * max(batches.time, 8)
    assert epoch.size > 0


def test_the_first_id_is_predicted_after_a_line_end():
    batches = Batches(a_text(100), batch=1, time=10, line_end_id=LINE_END)
    assert batches.at(0).inputs[0, 0] == LINE_END
    assert batches.at(0).targets[0, 0] == a_text(100)[0]


def test_reversed_lines_begin_with_their_last_word_and_are_parted_by_line_ends():
    ids = np.array([5, 6, 7, LINE_END, 8, 9, LINE_END], dtype=np.uint8)
    batches = Batches(ids, batch=1, time=7, line_end_id=LINE_END, reverse=True)
    window = batches.at(0)
    assert window.inputs.tolist() == [[LINE_END, 9, 8, LINE_END, 7, 6, 5]]
    assert window.targets.tolist() == [[9, 8, LINE_END, 7, 6, 5, LINE_END]]


def test_lines_are_reversed_but_for_the_last_line_end():
    ids = np.array([5, 6, 1, 7, 8, 1], dtype=np.uint16)
    assert reversed_lines(ids).tolist() == [8, 7, 1, 6, 5, 1]
    assert np.array_equal(reversed_lines(reversed_lines(ids)), ids)


def test_a_text_reversed_by_a_copy_reads_as_one_reversed_by_its_windows():
    ids = np.append(a_text(99), LINE_END)
    turned = Batches(reversed_lines(ids), batch=3, time=9, line_end_id=LINE_END)
    windows = Batches(ids, batch=3, time=9, line_end_id=LINE_END, reverse=True)
    for cursor in range(windows.steps_per_epoch):
        assert torch.equal(turned.at(cursor).inputs, windows.at(cursor).inputs)
        assert torch.equal(turned.at(cursor).targets, windows.at(cursor).targets)


def test_ten_words_make_one_batch():
    batches = Batches(a_text(11), batch=20, time=35, line_end_id=LINE_END)
    assert (batches.batch, batches.time, batches.steps_per_epoch) == (1, 11, 1)
    one = Batches(np.array([LINE_END]), batch=20, time=35, line_end_id=LINE_END)
    assert one.at(3).targets.tolist() == [[LINE_END]]


def test_the_cursor_alone_decides_the_batch():
    ids = a_text(1000)
    batches = Batches(ids, batch=4, time=5, line_end_id=LINE_END, seed=3)
    seen = [batches.at(step) for step in range(120)]
    again = Batches(ids, batch=4, time=5, line_end_id=LINE_END, seed=3)
    assert torch.equal(again.at(117).inputs, seen[117].inputs)
    assert batches.starts_epoch(50)
    assert not batches.starts_epoch(51)


def test_a_seed_moves_the_epochs_after_the_first():
    ids = np.arange(2, 102, dtype=np.uint8)
    ids[-1] = LINE_END
    batches = Batches(ids, batch=2, time=5, line_end_id=LINE_END, seed=0)
    first, second = predicted(batches, 0), predicted(batches, 1)
    assert not torch.equal(first, second)
    assert sorted(first.flatten().tolist()) == sorted(second.flatten().tolist())
    same = Batches(ids, batch=2, time=5, line_end_id=LINE_END)
    assert torch.equal(predicted(same, 0), predicted(same, 1))


def test_no_ids_are_refused():
    with pytest.raises(ValueError, match="no ids"):
        Batches(np.array([], dtype=np.uint8), batch=1, time=1, line_end_id=LINE_END)


@given(st.integers(20, 2000), st.integers(1, 5), st.integers(0, 20))
def test_the_streams_of_several_processes_are_those_of_one(length, size, cursor):
    whole = Batches(a_text(length), batch=12, time=7, line_end_id=LINE_END, seed=3)
    size = min(size, whole.batch)
    parts = [whole.part(rank, size) for rank in range(size)]
    assert torch.cat([part.at(cursor).inputs for part in parts]).equal(whole.at(cursor).inputs)
    assert {part.steps_per_epoch for part in parts} == {whole.steps_per_epoch}
    counts = [part.batch for part in parts]
    assert max(counts) - min(counts) <= 1
    assert sum(counts) == whole.batch
    assert whole.part(0, 1).at(cursor).targets.equal(whole.at(cursor).targets)
