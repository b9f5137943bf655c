"""Sampled softmax: draws, corrections, and gradients that are right on average."""

import pytest
import torch
from torch import Tensor

from lmkit.core.seeding import make_generator
from lmkit.nn.batch_part import BatchPart
from lmkit.nn.embedding import RowGradients
from lmkit.nn.heads.head import HeadConfig
from lmkit.nn.heads.sampled import SampledHead, distinct, draw, inclusion, proposal_of
from lmkit.nn.train_mode import TrainMode

VOCAB, WIDTH, ROWS = 30, 6, 50


def zipf() -> Tensor:
    counts = 1 / torch.arange(1.0, VOCAB + 1)
    return counts / counts.sum()


def text(seed: int = 0) -> tuple[Tensor, Tensor]:
    """Return hidden states and targets."""
    generator = make_generator(seed)
    hidden = torch.randn(ROWS, WIDTH, generator=generator)
    return hidden, torch.multinomial(zipf(), ROWS, replacement=True, generator=generator)


def head_of(samples: int, *, tied: bool = False) -> SampledHead:
    config = HeadConfig(vocab_size=VOCAB, width=WIDTH, tied=tied, samples=samples)
    embedding, head = SampledHead.with_embedding(config)
    embedding.initialise(make_generator(2))
    head.initialise(make_generator(1))
    head.set_frequencies(zipf())
    return head


def test_words_are_drawn_as_often_as_the_proposal_says():
    wanted = proposal_of(zipf())
    drawn = draw(wanted, 100_000, make_generator(0))
    found = torch.bincount(drawn, minlength=VOCAB) / len(drawn)
    torch.testing.assert_close(found, wanted, atol=0.005, rtol=0)


def test_equal_generators_draw_equal_words():
    one, other = (draw(proposal_of(zipf()), 50, make_generator(5)) for _ in range(2))
    assert torch.equal(one, other)


def test_the_proposal_is_flatter_than_the_frequencies():
    proposal = proposal_of(zipf())
    torch.testing.assert_close(proposal.sum(), torch.tensor(1.0))
    assert proposal[0] < zipf()[0]
    assert proposal[-1] > zipf()[-1]


def test_a_word_is_among_the_candidates_as_often_as_the_correction_says():
    generator = make_generator(0)
    proposal, samples, times = proposal_of(zipf()), 20, 3000
    hits = torch.zeros(VOCAB)
    for _ in range(times):
        hits[draw(proposal, samples, generator).unique()] += 1
    # Drawing a fixed number is nearly, not quite, the Poisson that `inclusion` assumes.
    torch.testing.assert_close(hits / times, inclusion(proposal * samples), atol=0.04, rtol=0)


def test_the_nats_reported_are_near_the_exact_ones_on_average():
    head, (hidden, targets) = head_of(samples=60), text()
    mode = TrainMode(generator=make_generator(3))
    found = [head.loss(hidden, targets, mode).nats for _ in range(200)]
    exact = -head.log_prob_of(hidden, targets).mean().item()
    assert abs(torch.stack(found).mean().item() - exact) < 0.03 * exact


def gradient(head: SampledHead, hidden: Tensor, targets: Tensor, mode: TrainMode | None) -> Tensor:
    (found,) = torch.autograd.grad(head.loss(hidden, targets, mode).objective, hidden)
    return found


def test_the_sampled_gradient_is_near_the_exact_one_on_average():
    head, (hidden, targets) = head_of(samples=60), text()
    hidden.requires_grad_()
    mode = TrainMode(generator=make_generator(3))
    sampled = sum(gradient(head, hidden, targets, mode) for _ in range(200)) / 200
    exact = gradient(head, hidden, targets, None)
    assert torch.cosine_similarity(sampled.flatten(), exact.flatten(), dim=0) > 0.97


def test_a_tied_table_gets_the_gradient_of_its_candidates_by_rows():
    head, (hidden, targets) = head_of(samples=3, tied=True), text()
    whole = [torch.zeros(()), torch.zeros(())]
    for at, tables in enumerate(([], [head.weight])):
        head.weight.grad = None
        mode = TrainMode(generator=make_generator(3), rows=RowGradients(sparse=tables))
        head.loss(hidden, targets, mode).objective.backward()
        assert head.weight.grad.is_sparse == bool(tables)
        whole[at] = head.weight.grad.to_dense() if tables else head.weight.grad
    torch.testing.assert_close(*whole)


def test_frequencies_move_with_the_head_but_are_not_saved():
    head = head_of(samples=3)
    assert {"frequencies", "proposal"} <= {name for name, _ in head.named_buffers()}
    assert not {"frequencies", "proposal"} & head.state_dict().keys()


def test_until_frequencies_are_set_they_are_expected_to_follow_zipf():
    head = SampledHead(VOCAB, WIDTH)
    torch.testing.assert_close(head.frequencies, zipf())
    torch.testing.assert_close(head.proposal, proposal_of(zipf()))


def test_a_head_without_values_has_the_same_shapes():
    with torch.device("meta"):
        shapes = SampledHead(VOCAB, WIDTH)
    real = dict(SampledHead(VOCAB, WIDTH).named_buffers())
    assert {name: buffer.shape for name, buffer in shapes.named_buffers()} == {
        name: buffer.shape for name, buffer in real.items()
    }
    assert all(buffer.is_meta for buffer in shapes.buffers())


def with_candidates(trained: Tensor) -> SampledHead:
    head = head_of(samples=10)
    head.set_candidates(zipf(), proposal_of(zipf()), trained=trained)
    return head


def mode_of() -> TrainMode:
    return TrainMode(generator=make_generator(0), rows=RowGradients())


def test_only_the_rows_that_are_trained_have_a_gradient():
    is_trained = torch.arange(VOCAB) % 2 == 0
    head = with_candidates(is_trained)
    hidden, targets = text()
    head.loss(hidden, targets, mode_of()).objective.backward()
    assert not head.own_weight.grad[~is_trained].any()
    assert not head.bias.grad[~is_trained].any()
    assert head.own_weight.grad[is_trained].any()


def test_rows_that_are_not_trained_still_compete():
    hidden, targets = text()
    losses = [
        float(with_candidates(trained).loss(hidden, targets, mode_of()).objective.detach())
        for trained in (torch.ones(VOCAB).bool(), torch.zeros(VOCAB).bool())
    ]
    assert losses[0] == losses[1]


def test_setting_candidates_leaves_the_biases():
    head = head_of(samples=10)
    before = head.bias.detach().clone()
    head.set_candidates(torch.ones(VOCAB) / VOCAB, torch.ones(VOCAB) / VOCAB, trained=zipf() > 0)
    assert torch.equal(head.bias, before)


def test_settings_of_training_are_no_weights():
    assert not {"trained", "proposal", "frequencies"} & head_of(samples=10).state_dict().keys()


@pytest.mark.parametrize("is_exact", [False, True])
def test_processes_that_share_a_batch_have_the_loss_and_gradient_of_one(is_exact):
    hidden, targets = text()
    rows, first = len(targets), len(targets) // 3
    counts = (first, rows - first)

    def everyones(_: Tensor) -> Tensor:
        return targets

    def taken(where: slice, part: BatchPart | None) -> tuple[Tensor, Tensor, Tensor]:
        head = head_of(samples=10)
        mode = TrainMode(generator=make_generator(3), is_exact=is_exact, part=part)
        loss = head.loss(hidden[where].detach(), targets[where], mode)
        loss.objective.backward()
        return loss.objective.detach(), loss.nats, head.own_weight.grad

    whole = taken(slice(None), None)
    parts = [BatchPart(counts=counts, rank=rank, join=everyones) for rank in (0, 1)]
    found = [
        [value * part.weight / 2 for value in taken(where, part)]
        for part, where in zip(parts, (slice(first), slice(first, None)), strict=True)
    ]
    for one, two, expected in zip(*found, whole, strict=True):
        torch.testing.assert_close(one + two, expected)


@pytest.mark.parametrize(
    "ids", [[5], [3, 3, 3], [0, 2, 0, 9, 2, 1], [7, 6, 5, 4], [0, 0], [9, 0, 9, 0]]
)
def test_distinct_ids_are_found_without_their_number_being_known(other, ids):
    given = torch.tensor(ids)
    found, places, nothing = distinct(given)
    assert nothing is None
    there, there_places, is_used = distinct(given.to(other.OTHER))
    with other.no_waiting():
        distinct(given.to(other.OTHER))
    assert len(there) == len(ids)
    assert is_used.tolist() == [True] * len(found) + [False] * (len(ids) - len(found))
    assert there.tolist() == found.tolist() + [0] * (len(ids) - len(found))
    assert there_places.tolist() == places.tolist()


@pytest.mark.parametrize("trains", [VOCAB, VOCAB // 2])
def test_a_device_has_the_loss_and_gradients_of_the_cpu(other, trains):
    results = []
    for place in (torch.device("cpu"), other.OTHER):
        embedding, head = SampledHead.with_embedding(
            HeadConfig(vocab_size=VOCAB, width=6, samples=9)
        )
        embedding.initialise(make_generator(1))
        is_trained = torch.arange(VOCAB) < trains
        head.set_candidates(zipf(), proposal_of(zipf()), trained=is_trained)
        embedding.to(place)
        head.to(place)
        hidden = torch.randn(12, 6, generator=make_generator(2)).to(place).requires_grad_()
        targets = (torch.arange(12) ** 2 % VOCAB).to(place)
        mode = TrainMode(generator=make_generator(3, "cpu"))
        loss = head.loss(hidden, targets, mode)
        loss.objective.backward()
        kept = (loss.objective, loss.nats, hidden.grad, embedding.weight.grad, head.bias.grad)
        results.append([torch.tensor(tensor.detach().tolist()) for tensor in kept])
    for here, there in zip(*results, strict=True):
        torch.testing.assert_close(there, here)
