import math

import pytest
import torch

from lmkit.core.errors import UsageError
from lmkit.core.seeding import make_generator
from lmkit.inference.sampling import BLOCK, SAMPLERS, SamplingConfig, compose, draw

SHARES = torch.tensor([[0.4, 0.3, 0.15, 0.1, 0.05]])
SCORES = SHARES.log()


def kept(config, history=((),)):
    scores = compose(config)(SCORES, history)
    return scores[0].isfinite().nonzero().flatten().tolist()


def test_by_default_the_model_is_followed():
    torch.testing.assert_close(compose(SamplingConfig())(SCORES, [[]]), SCORES)


def test_draws_follow_the_shares_by_a_chi_square_test():
    count = 20_000
    drawn = draw(SCORES.expand(count, -1), [make_generator(3)] * count)
    observed = torch.bincount(torch.tensor(drawn), minlength=5).double()
    expected = SHARES[0].double() * count
    chi_square = ((observed - expected) ** 2 / expected).sum().item()
    assert chi_square < 18.47  # 99.9% of the chi-square distribution with 4 degrees of freedom


def test_equal_seeds_draw_equally():
    first, second = (draw(SCORES.expand(50, -1), [make_generator(7)] * 50) for _ in range(2))
    assert first == second


def test_a_piece_of_no_share_is_never_drawn():
    scores = torch.tensor([[-torch.inf, 0.0, -torch.inf]]).expand(500, -1)
    assert set(draw(scores, [make_generator(0)] * 500)) == {1}


def test_many_ids_are_drawn_by_their_shares():
    """Chi-square over a vocabulary of several blocks, the last of them short."""
    scores = torch.randn(1, 2 * BLOCK + 50, generator=torch.Generator().manual_seed(2))
    count = 50_000
    drawn = draw(scores.expand(count, -1), [make_generator(5)] * count)
    expected = torch.softmax(scores[0].double(), 0) * count
    observed = torch.bincount(torch.tensor(drawn), minlength=len(expected)).double()
    chi_square = float(((observed - expected) ** 2 / expected).sum())
    degrees = len(expected) - 1
    assert chi_square < degrees + 4 * math.sqrt(2 * degrees)


def test_each_row_draws_from_a_generator_of_its_own():
    scores = torch.randn(4, 300, generator=torch.Generator().manual_seed(3))
    together = draw(scores, [make_generator(seed) for seed in range(4)])
    alone = [draw(scores[row : row + 1], [make_generator(row)])[0] for row in range(4)]
    assert together == alone


def test_equal_numbers_are_taken_whatever_the_scores():
    one, other = make_generator(1), make_generator(1)
    draw(torch.zeros(1, 300), [one])
    draw(torch.tensor([[0.0] + [-torch.inf] * 299]), [other])
    assert torch.equal(one.get_state(), other.get_state())


def test_draws_hardly_depend_on_rounding():
    """6,000 draws from scores that are a little off."""
    rows, size = 6000, 2000
    scores = torch.randn(1, size, generator=torch.Generator().manual_seed(4)) * 2
    noise = torch.randn(rows, size, generator=torch.Generator().manual_seed(5)) * 1e-6
    first, second = make_generator(6), make_generator(6)
    exact = draw(scores.expand(rows, -1), [first] * rows)
    rounded = draw(scores + noise, [second] * rows)
    assert sum(one != other for one, other in zip(exact, rounded, strict=True)) <= 1


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        ({"top_k": 2}, [0, 1]),
        ({"top_p": 0.6}, [0, 1]),
        ({"top_p": 0.01}, [0]),
        ({"min_p": 0.3}, [0, 1, 2]),
        ({"temperature": 0}, [0]),
        ({"temperature": 1e-300}, [0]),
        ({"top_k": 4, "top_p": 0.85}, [0, 1, 2]),
    ],
)
def test_what_is_left_to_draw_from(config, expected):
    assert kept(SamplingConfig(**config)) == expected


def test_temperature_sharpens_by_dividing():
    scores = compose(SamplingConfig(temperature=0.5))(SCORES, [[]])
    torch.testing.assert_close(torch.softmax(scores, -1), SHARES**2 / (SHARES**2).sum())


def test_typical_keeps_what_is_as_surprising_as_expected():
    entropy = -(SHARES * SCORES).sum()
    nearest = (SCORES + entropy).abs().argmin().item()
    assert kept(SamplingConfig(typical=0.01)) == [nearest]


def test_repetition_makes_the_written_rarer():
    scores = compose(SamplingConfig(repetition=2.0))(SCORES, [[0, 0]])
    assert scores[0, 0] == pytest.approx(2 * SCORES[0, 0].item())
    assert scores[0, 1:].tolist() == SCORES[0, 1:].tolist()


def test_no_run_is_written_twice():
    assert kept(SamplingConfig(no_repeat=2), [[1, 2, 3, 1]]) == [0, 1, 3, 4]
    assert kept(SamplingConfig(no_repeat=1), [[0, 4]]) == [1, 2, 3]


def test_banned_pieces_are_left_out():
    banned = torch.tensor([True, False, False, False, True])
    assert compose(SamplingConfig(), banned=banned)(SCORES, [[]])[0].isfinite().tolist() == [
        False,
        True,
        True,
        True,
        False,
    ]


@pytest.mark.parametrize("name", SAMPLERS.names())
def test_every_sampler_is_off_by_default(name):
    assert SAMPLERS.get(name)(SamplingConfig()) is None


@pytest.mark.parametrize(
    "bad", [{"temperature": -1}, {"top_p": 0}, {"min_p": 2}, {"top_k": -1}, {"repetition": 0.5}]
)
def test_impossible_settings_are_refused(bad):
    with pytest.raises(UsageError, match=next(iter(bad))):
        SamplingConfig(**bad)
