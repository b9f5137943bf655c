import torch

from lmkit.core.seeding import make_generator
from lmkit.nn.heads.head import HeadConfig
from lmkit.nn.heads.sampled import SampledHead, draw, drawing_shares, inclusion

VOCAB, WIDTH, ROWS = 30, 6, 50


def zipf() -> torch.Tensor:
    shares = 1 / torch.arange(1.0, VOCAB + 1)
    return shares / shares.sum()


def test_words_are_drawn_as_often_as_their_shares():
    torch.manual_seed(0)
    wanted = drawing_shares(zipf())
    drawn = draw(wanted, 100_000)
    found = torch.bincount(drawn, minlength=VOCAB) / len(drawn)
    torch.testing.assert_close(found, wanted, atol=0.005, rtol=0)


def test_a_word_is_among_the_candidates_as_often_as_the_correction_says():
    torch.manual_seed(0)
    shares, samples, times = drawing_shares(zipf()), 20, 3000
    hits = torch.zeros(VOCAB)
    for _ in range(times):
        hits[draw(shares, samples).unique()] += 1
    # Drawing a fixed number is nearly, not quite, the Poisson that `inclusion` assumes.
    torch.testing.assert_close(hits / times, inclusion(shares * samples), atol=0.04, rtol=0)


def head_of(samples: int) -> SampledHead:
    config = HeadConfig(vocab_size=VOCAB, width=WIDTH, tied=False, samples=samples)
    _, head = SampledHead.with_embedding(config)
    head.initialise(make_generator(1))
    head.set_frequencies(zipf())
    return head


def test_the_nats_reported_are_near_the_exact_ones_on_average():
    torch.manual_seed(0)
    head = head_of(samples=60).train()
    hidden = torch.randn(ROWS, WIDTH)
    targets = torch.multinomial(zipf(), ROWS, replacement=True)
    found = sum(head.nats(head.loss(hidden, targets), targets).item() for _ in range(200)) / 200
    exact = -head.log_prob_of(hidden, targets).mean().item()
    assert abs(found - exact) < 0.03 * exact


def gradient(head: SampledHead, hidden: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    (found,) = torch.autograd.grad(head.loss(hidden, targets), hidden)
    return found


def test_the_sampled_gradient_is_near_the_exact_one_on_average():
    torch.manual_seed(0)
    head = head_of(samples=60).train()
    hidden = torch.randn(ROWS, WIDTH, requires_grad=True)
    targets = torch.multinomial(zipf(), ROWS, replacement=True)
    sampled = sum(gradient(head, hidden, targets) for _ in range(200)) / 200
    head.set_exact(True)
    exact = gradient(head, hidden, targets)
    assert torch.cosine_similarity(sampled.flatten(), exact.flatten(), dim=0) > 0.97


def test_until_frequencies_are_set_they_are_expected_to_follow_zipf():
    head = SampledHead(VOCAB, WIDTH)
    torch.testing.assert_close(head.shares, zipf())
    torch.testing.assert_close(head.drawing, drawing_shares(zipf()))


def test_a_head_without_values_has_the_same_shapes():
    with torch.device("meta"):
        shapes = SampledHead(VOCAB, WIDTH)
    real = dict(SampledHead(VOCAB, WIDTH).named_buffers())
    assert {name: buffer.shape for name, buffer in shapes.named_buffers()} == {
        name: buffer.shape for name, buffer in real.items()
    }
    assert all(buffer.is_meta for buffer in shapes.buffers())
