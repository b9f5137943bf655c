"""What every registered head must do: a new head is tested by being registered."""

import pytest
import torch
from torch import Tensor

from lmkit.core.seeding import make_generator
from lmkit.nn import embedding as embeddings
from lmkit.nn.embedding import Embedding
from lmkit.nn.heads import HEADS
from lmkit.nn.heads.head import Head, HeadConfig
from lmkit.nn.train_mode import TrainMode

VOCAB, WIDTH, ROWS = 40, 8, 13

Pair = tuple[Embedding, Head]


@pytest.fixture(params=[(name, tied) for name in HEADS.names() for tied in (True, False)])
def pair(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Pair:
    monkeypatch.setattr(embeddings, "FIRST_BAND", 6)  # so that a small vocabulary has bands
    monkeypatch.setattr(embeddings, "NARROWEST", 2)
    name, tied = request.param
    config = HeadConfig(vocab_size=VOCAB, width=WIDTH, tied=tied, samples=300)
    embedding, head = HEADS.get(name).with_embedding(config)
    embedding.initialise(make_generator(1))
    head.initialise(make_generator(2))
    return embedding, head


def rows(dtype: torch.dtype = torch.float32) -> Tensor:
    return 3 * torch.randn(ROWS, WIDTH, generator=make_generator(4), dtype=dtype)


def targets() -> Tensor:
    return torch.randint(VOCAB, (ROWS,), generator=make_generator(6))


def close(ours: object, theirs: object) -> None:
    torch.testing.assert_close(ours, theirs, rtol=1e-5, atol=1e-5)


def test_probabilities_sum_to_one(pair):
    _, head = pair
    log_probs = head.log_probs(rows())
    assert log_probs.shape == (ROWS, VOCAB)
    close(log_probs.exp().sum(1), torch.ones(ROWS))


def test_the_probability_of_one_word_is_that_among_all(pair):
    _, head = pair
    expected = head.log_probs(rows()).gather(1, targets()[:, None]).squeeze(1)
    close(head.log_prob_of(rows(), targets()), expected)


def test_the_loss_is_exact_outside_training(pair):
    _, head = pair
    close(head.loss(rows(), targets()).objective, -head.log_prob_of(rows(), targets()).mean())
    with torch.no_grad():
        close(head.loss(rows(), targets()).objective, -head.log_prob_of(rows(), targets()).mean())


def test_gradients_equal_those_of_the_plain_computation(pair):
    embedding, head = pair
    hidden = rows().requires_grad_()
    wanted = [hidden, *{*head.parameters(), *embedding.parameters()}]
    plain = -head.log_probs(hidden).gather(1, targets()[:, None]).mean()
    expected = torch.autograd.grad(plain, wanted, allow_unused=True)
    got = torch.autograd.grad(head.loss(hidden, targets()).objective, wanted, allow_unused=True)
    for ours, theirs in zip(got, expected, strict=True):
        if ours is not None and theirs is not None:
            close(ours, theirs)
        unused = theirs if ours is None else ours if theirs is None else None
        assert unused is None or not unused.any()


def test_gradients_equal_numerical_ones(pair):
    embedding, head = pair
    embedding.double()
    head.double()
    hidden = rows(torch.float64).requires_grad_()
    assert torch.autograd.gradcheck(
        lambda x: head.loss(x, targets()).objective, (hidden,), fast_mode=True
    )


def test_a_head_starts_from_the_frequencies(pair):
    _, head = pair
    counts = torch.rand(VOCAB, generator=make_generator(8)) + 0.1
    frequencies = counts / counts.sum()
    head.set_frequencies(frequencies)
    log_probs = head.log_probs(torch.zeros(ROWS, WIDTH))
    close(log_probs.exp(), frequencies.expand(ROWS, VOCAB))


def test_a_head_is_exact_in_a_mode_that_says_so(pair):
    _, head = pair
    exact = TrainMode(generator=make_generator(0), is_exact=True)
    loss = head.loss(rows(), targets(), exact)
    close(loss.objective, -head.log_prob_of(rows(), targets()).mean())
    close(loss.nats, loss.objective.detach())
    assert not loss.nats.requires_grad


def test_equal_generators_give_equal_losses(pair):
    _, head = pair
    head.samples = 5  # of a head that samples: so few that draws differ
    one, other, third = (
        head.loss(rows(), targets(), TrainMode(generator=make_generator(seed))).objective
        for seed in (3, 3, 4)
    )
    assert one == other
    is_sampled = one != head.loss(rows(), targets()).objective
    assert (one != third) == is_sampled


def test_descending_the_loss_teaches_the_words(pair):
    embedding, head = pair
    hidden = rows()
    before = head.loss(hidden, targets()).nats.item()
    optimizer = torch.optim.Adam([*head.parameters(), *embedding.parameters()], lr=0.1)
    mode = TrainMode(generator=make_generator(0))
    for _ in range(30):
        optimizer.zero_grad()
        head.loss(hidden, targets(), mode).objective.backward()
        optimizer.step()
    assert head.loss(hidden, targets()).nats.item() < before / 2


def test_a_higher_temperature_flattens(pair):
    _, head = pair
    sharp = head.log_probs(rows())
    head.temperature.fill_(4.0)
    flat = head.log_probs(rows())
    assert (flat.exp() * flat).sum() < (sharp.exp() * sharp).sum()
    close(flat.exp().sum(1), torch.ones(ROWS))
    close(head.log_prob_of(rows(), targets()), flat.gather(1, targets()[:, None]).squeeze(1))


def test_tied_weights_are_listed_once(pair):
    embedding, head = pair
    names = [id(parameter) for module in (embedding, head) for parameter in module.parameters()]
    assert len(names) == len(set(names))
