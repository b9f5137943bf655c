"""Dynamic evaluation against plain gradient steps on a copy of the model."""

import copy
from types import SimpleNamespace

import pytest
import torch

from lmkit.core.errors import UsageError
from lmkit.models.adapters.dynamic import gradient_scale_of
from lmkit.models.adapters.dynamic_evaluation import DynamicConfig, DynamicEvaluation
from lmkit.models.recurrent.recurrent_lm import RecurrentLM, RecurrentLMConfig

VOCAB = 12
CONFIG = DynamicConfig(segment=5, rate=0.02, decay=0.1)


def recurrent(hidden=6):
    config = RecurrentLMConfig(vocab_size=VOCAB, hidden=hidden, embedding=6, layers=1)
    return RecurrentLM(config, torch.Generator().manual_seed(0)).eval()


def text(rows, time, seed=0):
    return torch.randint(VOCAB, (rows, time), generator=torch.Generator().manual_seed(seed))


def windows(count=6):
    return [
        SimpleNamespace(inputs=ids[:, :-1], targets=ids[:, 1:])
        for ids in (text(2, 6, seed=seed) for seed in range(count))
    ]


def slow_log_probs(base, config, ids, size_of):
    """Read segment by segment, and take each step with the usual tools of torch."""
    model, state, parts = copy.deepcopy(base), base.start(1), []
    for begin in range(0, ids.shape[1], config.segment):
        inputs = ids[:, begin : begin + config.segment]
        prediction, after = model.read(inputs, state)
        parts.append(prediction.log_probs())
        targets = ids[:, begin + 1 : begin + config.segment + 1]
        if targets.shape == inputs.shape:
            model.zero_grad()
            loss, _ = model.loss(SimpleNamespace(inputs=inputs, targets=targets), state)
            loss.objective.backward()
            trained = dict(base.named_parameters())
            for name, weight in model.named_parameters():
                size, relative = size_of(name, weight)
                with torch.no_grad():
                    back = config.decay * relative * (trained[name] - weight)
                    weight.add_(back - config.rate * weight.grad / size)
        state = after
    return torch.cat(parts, 1)


def test_reading_takes_the_steps_of_the_definition():
    base, ids = recurrent(), text(1, 23)
    model = DynamicEvaluation(base, CONFIG)
    found = model.read(ids, model.start(1))[0].log_probs()
    own_size = lambda name, weight: (weight.grad.square().mean().sqrt(), 1.0)  # noqa: E731
    assert torch.allclose(found, slow_log_probs(base, CONFIG, ids, own_size), atol=1e-5)


def test_measured_gradients_scale_the_steps():
    base, ids = recurrent(), text(1, 23)
    scale = gradient_scale_of(base, windows())
    model = DynamicEvaluation(base, CONFIG, scale=scale)
    found = model.read(ids, model.start(1))[0].log_probs()
    sizes = scale.relative(base)

    def usual(name, weight):
        relative = sizes[name]
        return relative.clamp(min=CONFIG.floor) * sizes[""], (CONFIG.decay * relative).clamp(
            max=1.0
        ) / CONFIG.decay

    assert torch.allclose(found, slow_log_probs(base, CONFIG, ids, usual), atol=1e-5)
    assert not torch.allclose(found, base.read(ids, base.start(1))[0].log_probs(), atol=1e-3)


def test_the_model_never_changes_by_a_byte():
    base = recurrent()
    before = [weight.numpy().tobytes() for weight in base.state_dict().values()]
    model = DynamicEvaluation(base, CONFIG)
    state = model.read(text(1, 40), model.start(1))[1]
    model.read(text(1, 40), state)
    assert [weight.numpy().tobytes() for weight in base.state_dict().values()] == before
    assert state.model is not base


def test_a_text_read_twice_is_expected_the_second_time():
    model = DynamicEvaluation(recurrent(), DynamicConfig(segment=5, rate=0.02, decay=0.0))
    state, ids = model.start(1), text(1, 30)
    surprise = []
    for _ in range(6):
        prediction, state = model.read(ids, state)
        surprise.append(-float(prediction.log_prob_of(ids.roll(-1, 1)).mean()))
    assert surprise[-1] < surprise[0] - 0.1


def test_several_rows_read_with_the_weights_adapted_so_far():
    model = DynamicEvaluation(recurrent(), CONFIG)
    state = model.read(text(1, 17), model.start(1))[1]
    rows = text(3, 12, seed=2)
    after = model.read(rows, model.select(state, [0, 0, 0]))[1]
    assert after.model is state.model
    assert after.segment.shape[1] <= CONFIG.segment


@pytest.mark.parametrize("settings", [{"segment": 0}, {"rate": -1.0}, {"decay": 2.0}, {"floor": 0}])
def test_senseless_settings_are_refused(settings):
    with pytest.raises(UsageError):
        DynamicConfig(**settings)


def test_a_model_on_a_device_adapts_there_and_answers_on_the_cpu(other):
    here, there = recurrent(), recurrent().to(other.OTHER)
    ids = text(1, 12)
    scale = gradient_scale_of(recurrent(), windows())
    for sizes in (None, scale):
        found = []
        for base in (here, there):
            model = DynamicEvaluation(base, CONFIG, scale=sizes)
            prediction, _ = model.read(ids, model.start(1))
            found.append(prediction.log_probs())
        assert found[1].device.type == "cpu"
        torch.testing.assert_close(found[1], found[0], rtol=1e-4, atol=1e-4)
