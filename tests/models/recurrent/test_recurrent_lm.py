import copy
from dataclasses import dataclass

import pytest
import torch
from torch import Tensor
from torch.nn import functional

from lmkit.core.errors import UnknownNameError, UsageError
from lmkit.core.seeding import make_generator
from lmkit.models.recurrent.recurrent_lm import RecurrentLM, RecurrentLMConfig
from lmkit.nn.dropout import word_mask
from lmkit.nn.heads import HEADS
from lmkit.nn.heads.head import LARGE_VOCABULARY, SMALL_VOCABULARY, choose_head
from lmkit.nn.train_mode import TrainMode

VOCAB = 20


def mode(seed: int = 0, **settings: object) -> TrainMode:
    return TrainMode(generator=make_generator(seed), **settings)


@dataclass(frozen=True)
class Window:
    inputs: Tensor
    targets: Tensor


def small_model(**settings: object) -> RecurrentLM:
    shape = {"vocab_size": VOCAB, "hidden": 8, "embedding": 6} | settings
    return RecurrentLM(RecurrentLMConfig(**shape), make_generator(2))


def window(batch: int = 3, time: int = 5) -> Window:
    ids = torch.randint(VOCAB, (2, batch, time), generator=make_generator(1))
    return Window(*ids)


@pytest.mark.parametrize("head", HEADS.names())
@pytest.mark.parametrize("tied", [True, False])
def test_every_head_is_read_as_it_is_scored(head, tied):
    model = small_model(head=head, tied=tied).eval()
    batch = window()
    prediction, _ = model.read(batch.inputs, model.start(3))
    log_probs = prediction.log_probs()
    assert log_probs.shape == (3, 5, VOCAB)
    chosen = log_probs.gather(2, batch.targets[..., None]).squeeze(2)
    torch.testing.assert_close(prediction.log_prob_of(batch.targets), chosen)
    torch.testing.assert_close(prediction.last().log_probs(), log_probs[:, -1:])
    loss, _ = model.loss(batch, model.start(3))
    torch.testing.assert_close(loss.nats, -chosen.sum())
    assert loss.count == 15


def test_a_dropped_word_is_zero_wherever_it_stands():
    dropping, plain = (small_model(dropout_words=rate, tied=False) for rate in (0.5, 0.0))
    vectors = plain.embedding.weight
    with torch.no_grad():
        vectors.mul_(word_mask(vectors, VOCAB, 0.5, mode())[:, None])
    assert 4 < int((vectors == 0).all(1).sum()) < 16
    expected, _ = plain.loss(window(), plain.start(3), mode())
    found, _ = dropping.loss(window(), dropping.start(3), mode())
    torch.testing.assert_close(found.nats, expected.nats)


@pytest.mark.parametrize("head_input", ["last", "sum"])
@pytest.mark.parametrize("hidden", [6, 8])
def test_the_loss_equals_the_plain_computation(head_input, hidden):
    model = small_model(head_input=head_input, hidden=hidden)
    batch = window()
    loss, _ = model.loss(batch, model.start(3))
    x = model.embedding.weight[batch.inputs.t()]
    shown = []
    for cell in model.recurrent.cells:
        outputs, state = [], cell.start(3)
        for x_t in x:
            step = cell.step(x_t, state)
            outputs.append(step.output)
            state = step.state
        x = torch.stack(outputs)
        shown.append(x)
    if head_input == "last":
        shown = [0 * x, x]  # lower layers have no say
    logits = functional.linear(model.project(shown), model.embedding.weight, model.head.bias)
    plain = functional.cross_entropy(logits.flatten(0, 1), batch.targets.t().flatten())
    torch.testing.assert_close(loss.objective, plain)


def test_text_cut_in_two_reads_the_same():
    model = small_model().eval()
    ids = window().inputs
    whole, after = model.read(ids, model.start(3))
    first, between = model.read(ids[:, :2], model.start(3))
    second, end = model.read(ids[:, 2:], between)
    torch.testing.assert_close(torch.cat([first.hidden, second.hidden], dim=1), whole.hidden)
    torch.testing.assert_close(end, after)


def test_selected_rows_go_on_as_they_were():
    model = small_model().eval()
    ids = window().inputs
    _, state = model.read(ids, model.start(3))
    picked = model.select(state, [2, 0, 2])
    alone, _ = model.read(ids[[2, 0, 2], :2], picked)
    together, _ = model.read(ids[:, :2], state)
    torch.testing.assert_close(alone.hidden, together.hidden[[2, 0, 2]])


def test_training_goes_on_from_a_state_that_was_read():
    model = small_model()
    _, state = model.read(window().inputs, model.start(3))
    loss, _ = model.loss(window(), state)
    loss.objective.backward()
    assert all(parameter.grad is not None for parameter in model.parameters())


def test_reading_drops_nothing_even_in_training():
    model = small_model(dropout_embedding=0.5, dropout_between=0.5, dropout_output=0.5).train()
    ids = window().inputs
    once, _ = model.read(ids, model.start(3))
    again, _ = model.read(ids, model.start(3))
    assert torch.equal(once.hidden, again.hidden)


RATES = ("embedding", "between", "output", "words", "weights")


@pytest.mark.parametrize("name", RATES)
def test_every_dropout_acts_in_a_training_step_unless_its_scale_is_nothing(name):
    model = small_model(**{f"dropout_{name}": 0.5}).train()

    def nats(mode: TrainMode | None) -> float:
        return model.loss(window(), model.start(3), mode)[0].nats.item()

    still = nats(None)
    assert nats(mode()) != pytest.approx(still, abs=1e-6)
    assert nats(mode()) == nats(mode())
    assert nats(mode(seed=1)) != nats(mode())
    assert nats(mode(dropout_scale=0.5)) != pytest.approx(still, abs=1e-6)
    assert nats(mode(dropout_scale=0.0)) == pytest.approx(still, abs=1e-4)


def test_neither_training_nor_reading_touches_the_global_generator():
    rates = {f"dropout_{name}": 0.3 for name in RATES}
    model = small_model(head="sampled", samples=4, **rates).train()
    before = torch.get_rng_state()
    loss, state = model.loss(window(), model.start(3), mode())
    loss.objective.backward()
    model.read(window().inputs, state)
    assert torch.equal(before, torch.get_rng_state())


def test_the_sampled_softmax_is_exact_in_evaluation_and_where_the_mode_says_so():
    model = small_model(head="sampled", samples=4).train()
    exact = model.loss(window(), model.start(3))[0].objective
    assert model.loss(window(), model.start(3), mode(is_exact=True))[0].objective == exact
    assert model.loss(window(), model.start(3), mode())[0].objective != exact


def test_penalties_stay_out_of_the_nats():
    plain, penalised = small_model(), small_model(activation_penalty=2.0, slowness_penalty=1.0)
    losses = [model.loss(window(), model.start(3), mode())[0] for model in (plain, penalised)]
    torch.testing.assert_close(losses[0].nats, losses[1].nats)
    assert losses[1].objective > losses[0].objective
    evaluated, _ = penalised.loss(window(), penalised.start(3))
    torch.testing.assert_close(evaluated.objective, losses[0].objective)


def test_equal_generators_give_equal_models():
    for one, other in zip(
        small_model().parameters(), copy.deepcopy(small_model()).parameters(), strict=True
    ):
        assert torch.equal(one, other)


def test_a_copy_is_tied_to_its_own_embedding():
    model = small_model()
    twin = copy.deepcopy(model)
    with torch.no_grad():
        twin.embedding.weight.zero_()
    prediction, _ = twin.eval().read(window().inputs, twin.start(3))
    torch.testing.assert_close(prediction.log_probs().exp(), torch.full((3, 5, VOCAB), 1 / VOCAB))
    assert model.embedding.weight.any()


def test_a_sum_of_layers_of_one_width_is_a_sum():
    last, summed = small_model(hidden=6), small_model(hidden=6, head_input="sum")
    assert last.parameter_count() == summed.parameter_count()
    ids = window(time=30).inputs
    x = summed.embedding(ids.t())
    outputs, _ = summed.recurrent.read_layers(x, summed.start(3))
    prediction, _ = summed.eval().read(ids, summed.start(3))
    torch.testing.assert_close(prediction.hidden, (outputs[0] + outputs[1]).transpose(0, 1))


def test_a_head_input_that_is_not_known_is_refused():
    with pytest.raises(UsageError, match="last, sum"):
        small_model(head_input="first")


def test_tied_weights_are_counted_once():
    tied, own = small_model().parameter_count(), small_model(tied=False).parameter_count()
    assert own - tied == VOCAB * 6


def test_the_last_layer_can_have_a_size_of_its_own():
    model = small_model(last_hidden=6)
    assert [cell.hidden_size for cell in model.recurrent.cells] == [8, 6]
    assert not list(model.project.parameters())


def test_cells_take_settings_of_their_own():
    mogrified = small_model(cell="mogrifier", cell_options={"rounds": 1})
    assert [len(cell.get_submodule("squeeze")) for cell in mogrified.recurrent.cells] == [1, 1]
    projected = small_model(cell="projected", cell_options={"size": 3})
    assert [cell.output_size for cell in projected.recurrent.cells] == [3, 3]
    assert small_model(cell="projected").recurrent.output_size == 4


def test_the_head_is_chosen_by_vocabulary_size():
    assert choose_head("auto", SMALL_VOCABULARY) == "full"
    assert choose_head("auto", SMALL_VOCABULARY + 1) == "sampled"
    assert choose_head("auto", LARGE_VOCABULARY + 1) == "sampled"
    assert choose_head("sampled", 5) == "sampled"


def test_what_cannot_be_built_is_refused():
    with pytest.raises(UsageError, match="hidden"):
        small_model(hidden=0)
    with pytest.raises(UsageError, match="mogrifier rounds must be 0 or more"):
        small_model(cell="mogrifier", cell_options={"rounds": -1})
    with pytest.raises(UsageError, match="dropout_words"):
        small_model(dropout_words=1.0)
    with pytest.raises(UnknownNameError, match="adaptive"):
        small_model(head="adaptve")
