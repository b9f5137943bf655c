import pytest
import torch

from lmkit.core.errors import UsageError
from lmkit.inference.context import Context
from lmkit.inference.decoding import DecodedSequence, Request, best_ids, choose_tokens
from lmkit.inference.sampling import SamplingConfig
from lmkit.models.base import SelectedPrediction
from lmkit.models.recurrent.recurrent_lm import RecurrentLM, RecurrentLMConfig

VOCAB = 20
MODEL = RecurrentLM(
    RecurrentLMConfig(vocab_size=VOCAB, hidden=6, embedding=6), torch.Generator().manual_seed(0)
).eval()
SCORES = torch.log_softmax(torch.randn(3, VOCAB, generator=torch.Generator().manual_seed(1)), -1)


def sequence(**settings):
    return DecodedSequence(4, Request(**({"prompt": (1, 2, 3)} | settings)))


def context():
    prediction, state = MODEL.read(torch.tensor([[5, 6]]), MODEL.start(1))
    return Context(prediction.last(), state)


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        ({"prompt": ()}, "nothing to read"),
        ({"max_tokens": -1}, "max_tokens and top"),
        ({"top": -1}, "max_tokens and top"),
        ({"max_tokens": 0}, "no prompt is echoed"),
        ({"max_tokens": 0, "echo": True, "prompt": (), "context": context()}, "no prompt"),
    ],
)
def test_impossible_requests_are_refused(bad, said):
    with pytest.raises(UsageError, match=said):
        Request(**({"prompt": (1,)} | bad))


def test_the_prompt_is_to_be_read_and_known():
    assert sequence().unread == [1, 2, 3]
    assert sequence(before=(7, 8)).history == [7, 8, 1, 2, 3]


def test_the_last_id_of_a_prompt_that_is_only_echoed_need_not_be_read():
    assert sequence(max_tokens=0, echo=True).unread == [1, 2]


def test_it_starts_from_nothing_or_from_its_context():
    empty = sequence().start(MODEL)
    assert all(not part.any() for layer in empty for part in layer)
    read = context()
    assert sequence(context=read).start(MODEL) is read.state


def test_a_written_token_is_read_next():
    own = sequence(max_tokens=3, stop_ids=frozenset([9]))
    assert own.go_on(5) == ""
    assert (own.unread, own.history, own.written) == ([5], [1, 2, 3, 5], 1)
    assert own.go_on(6) == ""
    assert own.go_on(7) == "length"
    assert sequence(stop_ids=frozenset([9])).go_on(9) == "stop"


def test_a_copy_goes_on_by_itself():
    own = sequence()
    own.go_on(5)
    copy = own.copy(8)
    copy.go_on(6)
    assert (own.handle, own.history) == (4, [1, 2, 3, 5])
    assert (copy.handle, copy.history, copy.written) == (8, [1, 2, 3, 5, 6], 2)


def test_a_sequence_written_by_the_caller_has_no_filters():
    with pytest.raises(UsageError, match="write them"):
        _ = sequence(sampling=None).filters


def test_only_equal_settings_are_drawn_together():
    banned = torch.zeros(VOCAB, dtype=torch.bool)
    assert sequence().sampler == sequence().sampler
    assert sequence().sampler != sequence(banned=banned).sampler
    assert sequence(banned=banned).sampler == sequence(banned=banned).sampler
    assert sequence().sampler != sequence(sampling=SamplingConfig(top_k=1)).sampler


def test_the_first_id_is_echoed_without_a_probability_where_nothing_stands_before():
    assert sequence().first_echo() == []
    (first,) = sequence(echo=True, top=2).first_echo()
    assert (first.id, first.log_prob, first.top, first.is_prompt) == (1, None, (), True)


def test_the_first_id_behind_a_context_has_its_probability():
    (first,) = sequence(echo=True, top=2, context=context()).first_echo()
    scores = context().log_probs
    assert first.log_prob == pytest.approx(float(scores[1]))
    assert [id_ for id_, _ in first.top] == scores.topk(2).indices.tolist()


@pytest.mark.parametrize("top", [0, 3])
def test_ids_that_a_read_predicted_are_echoed(top):
    prediction, _ = MODEL.read(torch.tensor([[9, 9, 9], [1, 2, 3]]), MODEL.start(2))
    own = sequence(echo=True, top=top)
    found = own.echo(prediction, 1, 3)
    expected = prediction.log_probs()[1]
    assert [one.id for one in found] == [2, 3]
    assert [one.log_prob for one in found] == pytest.approx(
        [float(expected[0, 2]), float(expected[1, 3])]
    )
    assert all(len(one.top) == top for one in found)
    own.go_on(5)
    assert own.echo(SelectedPrediction(prediction, [1]), 0, 1) == []


def test_tokens_are_chosen_row_by_row():
    def alone(seed, row):
        return choose_tokens([sequence(seed=seed)], SCORES[row : row + 1])[0]

    together = choose_tokens([sequence(seed=seed) for seed in range(3)], SCORES)
    assert together == [alone(seed, seed) for seed in range(3)]


def test_forced_tokens_are_taken_first():
    own = sequence(forced=(7, 8))
    for expected in (7, 8):
        (token,) = choose_tokens([own], SCORES[:1])
        assert token == expected
        own.go_on(token)
    (token,) = choose_tokens([own], SCORES[:1])
    assert 0 <= token < VOCAB


def test_refused_tokens_are_drawn_again_by_their_shares():
    """Chi-square over 1,500 seeds: what is accepted keeps its shares."""
    counts = torch.zeros(VOCAB)
    for seed in range(1500):
        own = sequence(seed=seed, accept=lambda _, token: token % 2 == 0)
        counts[choose_tokens([own], SCORES[:1])[0]] += 1
    assert not counts[1::2].any()
    expected = SCORES[0, ::2].exp() / SCORES[0, ::2].exp().sum() * 1500
    assert float(((counts[::2] - expected) ** 2 / expected).sum()) < 27.88  # 99.9%, 9 degrees


def test_a_top_k_of_refused_tokens_still_writes_an_accepted_one():
    best = SCORES[0].topk(3).indices.tolist()
    own = sequence(sampling=SamplingConfig(top_k=1), accept=lambda _, token: token not in best[:2])
    assert choose_tokens([own], SCORES[:1]) == [best[2]]


def test_scores_are_not_changed_by_choosing():
    before = SCORES.clone()
    choose_tokens([sequence(accept=lambda _, token: token == 3)], SCORES[:1])
    assert torch.equal(SCORES, before)


def test_best_ids_come_best_first_and_equal_ones_by_id():
    scores = torch.tensor([[-1.0, -0.5, -1.0, -2.0]])
    assert best_ids(scores, 3) == [((1, -0.5), (0, -1.0), (2, -1.0))]
    assert len(best_ids(scores, 9)[0]) == 4
    assert best_ids(scores, 0) == [()]
