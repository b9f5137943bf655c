"""Whatever is read and written beside a sequence, it is the same as alone."""

import itertools
from functools import cache

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from lmkit.core.errors import UsageError
from lmkit.inference.context import Context, extend, read_context
from lmkit.inference.engine import Engine, Request, context_of
from lmkit.inference.sampling import SamplingConfig
from lmkit.models.adapters.dynamic_evaluation import DynamicConfig, DynamicEvaluation
from lmkit.models.adapters.neural_cache import NeuralCache
from lmkit.models.mixture import Mixture
from lmkit.models.recurrent.int8_lm import Int8LM
from lmkit.models.recurrent.recurrent_lm import RecurrentLM, RecurrentLMConfig

VOCAB = 300
FREE = SamplingConfig()
SAMPLERS = (
    FREE,
    SamplingConfig(temperature=0),
    SamplingConfig(temperature=0.7, top_k=20),
    SamplingConfig(top_p=0.8, min_p=0.01),
    SamplingConfig(repetition=1.3, no_repeat=2),
    SamplingConfig(typical=0.9),
)


@cache
def recurrent(hidden=16, head="auto"):
    config = RecurrentLMConfig(vocab_size=VOCAB, hidden=hidden, embedding=hidden, head=head)
    model = RecurrentLM(config, torch.Generator().manual_seed(0)).eval()
    with torch.no_grad():
        for weights in model.parameters():
            weights.mul_(4)  # untrained weights say nearly the same of every word
    return model


def prompt(length, seed=0):
    generator = torch.Generator().manual_seed(100 * length + seed)
    return tuple(torch.randint(VOCAB, (length,), generator=generator).tolist())


def run(engine):
    """All outputs of each sequence."""
    found = {}
    for output in engine.run():
        found.setdefault(output.handle, []).append(output)
    return found


def alone(model, request):
    engine = Engine(model)
    handle = engine.add(request)
    return run(engine).get(handle, [])


def written(outputs):
    return [output.id for output in outputs if not output.is_prompt]


def assert_same(found, expected):
    assert [one.id for one in found] == [one.id for one in expected]
    assert [one.finish for one in found] == [one.finish for one in expected]
    for one, other in zip(found, expected, strict=True):
        assert one.log_prob == pytest.approx(other.log_prob, abs=1e-4)


def slow_log_probs(model, ids):
    """Log-probability of each id but the first, every one read from the start by itself."""
    found = []
    for place in range(1, len(ids)):
        state = model.start(1)
        for number in ids[:place]:
            prediction, state = model.read(torch.tensor([[number]]), state)
        found.append(float(prediction.log_probs()[0, -1, ids[place]]))
    return found


KINDS = {
    "recurrent": recurrent,
    "int8": lambda: Int8LM(recurrent()),
    "adaptive": lambda: recurrent(head="adaptive"),
    "mixture": lambda: Mixture([recurrent(), Int8LM(recurrent())], [0.5, 0.5]),
    "cache": lambda: NeuralCache(recurrent()),
    "dynamic": lambda: DynamicEvaluation(recurrent(), DynamicConfig(segment=4, rate=0.01)),
}


@pytest.fixture(params=KINDS)
def model(request):
    return KINDS[request.param]()


def requests():
    return [
        Request(
            prompt=prompt(length),
            seed=seed,
            sampling=SAMPLERS[seed % len(SAMPLERS)],
            max_tokens=3 + 2 * seed,
            echo=seed % 2 == 0,
            top=seed % 3,
        )
        for seed, length in enumerate((1, 9, 4, 70, 2, 5))
    ]


def test_sequences_side_by_side_are_the_same_as_alone(model):
    engine = Engine(model)
    handles = [engine.add(request) for request in requests()]
    found = run(engine)
    for handle, request in zip(handles, requests(), strict=True):
        assert_same(found[handle], alone(model, request))


def test_log_probs_are_the_models_own_before_any_filter(model):
    request = Request(
        prompt=prompt(4), sampling=SamplingConfig(top_k=3), max_tokens=6, echo=True, top=4
    )
    found = alone(model, request)
    ids = [one.id for one in found]
    assert ids[:4] == list(request.prompt)
    assert [one.is_prompt for one in found] == [True] * 4 + [False] * 6
    assert found[0].log_prob is None
    expected = slow_log_probs(model, ids)
    assert [one.log_prob for one in found[1:]] == pytest.approx(expected, abs=1e-3)


def test_the_most_probable_ids_come_with_each_output():
    found = alone(recurrent(), Request(prompt=prompt(3), max_tokens=2, echo=True, top=5))
    assert found[0].top == ()
    state = recurrent().start(1)
    for one, before in zip(found[1:], found, strict=False):
        prediction, state = recurrent().read(torch.tensor([[before.id]]), state)
        row = prediction.log_probs()[0, 0]
        assert [id_ for id_, _ in one.top] == row.topk(5).indices.tolist()
        assert [log_prob for _, log_prob in one.top] == pytest.approx(row.topk(5).values.tolist())


def test_other_seeds_write_other_tokens():
    texts = {
        tuple(written(alone(recurrent(), Request(prompt=prompt(2), seed=seed))))
        for seed in range(6)
    }
    assert len(texts) == 6


arrivals = st.lists(
    st.tuples(
        st.integers(0, 6),  # steps before it arrives
        st.integers(1, 12),  # length of its prompt
        st.integers(0, 9),  # tokens to write
        st.integers(0, 5),  # seed
        st.one_of(st.none(), st.integers(0, 10)),  # steps after which it is cancelled
    ),
    min_size=1,
    max_size=7,
)


@cache
def expected_of(length, tokens, seed):
    return alone(recurrent(), arriving(length, tokens, seed))


def arriving(length, tokens, seed):
    return Request(
        prompt=prompt(length),
        max_tokens=tokens,
        seed=seed,
        echo=tokens == 0,
        sampling=SAMPLERS[seed],
    )


@settings(max_examples=60)
@given(arrivals, st.sampled_from([1, 3, 64]))
def test_arrivals_lengths_and_cancellations_change_no_other_sequence(plan, chunk):
    engine = Engine(recurrent(), chunk=chunk)
    found, handles, ages = {}, {}, {}
    for now in range(80):
        for number, (begin, length, tokens, seed, _) in enumerate(plan):
            if begin == now:
                handles[number] = engine.add(arriving(length, tokens, seed))
                ages[number] = 0
        for number, (*_, end) in enumerate(plan):
            if number in handles and ages[number] == end:
                engine.cancel(handles[number])
        before = len(engine)
        outputs = engine.step()
        assert len({output.handle for output in outputs}) <= before
        for output in outputs:
            found.setdefault(output.handle, []).append(output)
        ages = {number: age + 1 for number, age in ages.items()}
    assert not len(engine)
    for number, (_, length, tokens, seed, end) in enumerate(plan):
        own, whole = found.get(handles[number], []), expected_of(length, tokens, seed)
        assert_same(own, whole[: len(own)] if end is not None else whole)


@pytest.mark.slow
def test_a_seed_writes_the_same_among_63_others_as_alone():
    """A real size, 2 x 64 units: 64 seeds of 40 tokens, all samplers."""
    model = recurrent(hidden=64)
    asked = [
        Request(
            prompt=prompt(1 + seed % 7),
            seed=seed,
            max_tokens=40,
            sampling=SAMPLERS[seed % len(SAMPLERS)],
        )
        for seed in range(64)
    ]
    engine = Engine(model)
    handles = [engine.add(request) for request in asked]
    together = run(engine)
    differences = []
    for handle, request in zip(handles, asked, strict=True):
        own = alone(model, request)
        assert written(together[handle]) == written(own)
        pairs = zip(together[handle], own, strict=True)
        differences += [abs(one.log_prob - other.log_prob) for one, other in pairs]
    assert 0 < max(differences) < 1e-4  # sums do differ, tokens do not


def test_a_model_of_whole_numbers_gives_equal_bytes_in_any_company():
    model = Int8LM(recurrent(hidden=64))
    asked = [Request(prompt=prompt(3, seed), seed=seed, max_tokens=12) for seed in range(9)]
    engine = Engine(model)
    handles = [engine.add(request) for request in asked]
    found = run(engine)
    for handle, request in zip(handles, asked, strict=True):
        own = alone(model, request)
        assert [one.log_prob for one in found[handle]] == [one.log_prob for one in own]


def test_a_context_read_before_goes_on_at_once():
    ids = prompt(6)
    prediction, state = recurrent().read(torch.tensor([ids]), recurrent().start(1))
    context = Context(prediction.last(), state)
    engine = Engine(recurrent())
    engine.add(Request(context=context, seed=3, max_tokens=5))
    assert len(engine.step()) == 1
    from_context = [*alone(recurrent(), Request(context=context, seed=3, max_tokens=5))]
    from_prompt = [*alone(recurrent(), Request(prompt=ids, seed=3, max_tokens=5))]
    assert_same(from_context, from_prompt)


def test_a_prompt_behind_a_context_is_echoed_from_its_first_id():
    ids = prompt(6)
    prediction, state = recurrent().read(torch.tensor([ids[:2]]), recurrent().start(1))
    context = Context(prediction.last(), state)
    request = Request(context=context, prompt=ids[2:], echo=True, max_tokens=0, top=2)
    found = alone(recurrent(), request)
    assert [one.id for one in found] == list(ids[2:])
    assert [one.log_prob for one in found] == pytest.approx(
        slow_log_probs(recurrent(), ids)[1:], abs=1e-4
    )
    assert all(len(one.top) == 2 for one in found)
    assert [one.finish for one in found] == ["", "", "", "length"]


@pytest.mark.parametrize("length", [1, 2, 64, 65, 130])
def test_a_prompt_alone_is_echoed_in_chunks_whatever_its_length(length):
    found = alone(recurrent(), Request(prompt=prompt(length), echo=True, max_tokens=0))
    assert [one.id for one in found] == list(prompt(length))
    assert [one.finish for one in found] == [""] * (length - 1) + ["length"]
    expected = slow_log_probs(recurrent(), prompt(length)[:30])
    assert [one.log_prob for one in found[1:30]] == pytest.approx(expected, abs=1e-4)


class Counting:
    """A model that notes the shapes it reads."""

    def __init__(self, model):
        self._model = model
        self.vocab_size, self.start = model.vocab_size, model.start
        self.select = model.select
        if hasattr(model, "join"):
            self.join = model.join
        self.reads = []

    def read(self, ids, state):
        self.reads.append(tuple(ids.shape))
        return self._model.read(ids, state)


def test_prompt_and_written_tokens_advance_together_one_a_step():
    model = Counting(recurrent())
    engine = Engine(model, chunk=8)
    engine.add(Request(prompt=prompt(30), max_tokens=2))
    engine.step()
    engine.add(Request(prompt=prompt(2), max_tokens=9))
    for _ in range(4):
        engine.step()
    assert model.reads == [(1, 8), (2, 2), (2, 1), (2, 1), (2, 1)]


def test_the_last_token_is_never_read():
    model = Counting(recurrent())
    alone(model, Request(prompt=prompt(3), max_tokens=4))
    assert model.reads == [(1, 3), (1, 1), (1, 1), (1, 1)]


def test_a_cancelled_sequence_frees_its_place_within_a_step():
    model = Counting(recurrent())
    engine = Engine(model)
    handles = [engine.add(Request(prompt=prompt(1), seed=n)) for n in range(3)]
    engine.step()
    engine.cancel(handles[1])
    engine.cancel(handles[1])  # it has ended already
    assert len(engine) == 2
    assert {output.handle for output in engine.step()} == {handles[0], handles[2]}
    assert [rows for rows, _ in model.reads] == [3, 2]


def test_a_sequence_cancelled_before_its_first_step_is_never_read():
    engine = Engine(recurrent())
    engine.cancel(engine.add(Request(prompt=prompt(2))))
    assert engine.step() == []
    assert not len(engine)


def test_a_finished_sequence_frees_its_place_within_a_step():
    model = Counting(recurrent())
    engine = Engine(model)
    for tokens in (1, 3):
        engine.add(Request(prompt=prompt(1), max_tokens=tokens))
    run(engine)
    assert [rows for rows, _ in model.reads] == [2, 1, 1]


def test_a_model_that_cannot_join_is_stepped_for_each_sequence_alone():
    model = Counting(NeuralCache(recurrent()))
    engine = Engine(model)
    for seed in range(3):
        engine.add(Request(prompt=prompt(2), seed=seed, max_tokens=2))
    run(engine)
    assert {rows for rows, _ in model.reads} == {1}


def test_a_stop_id_ends_the_sequence_and_is_given_out():
    free = written(alone(recurrent(), Request(prompt=prompt(2), seed=4, max_tokens=20)))
    stop = free[7]
    found = alone(
        recurrent(),
        Request(prompt=prompt(2), seed=4, max_tokens=20, stop_ids=frozenset([stop])),
    )
    assert written(found) == free[: free.index(stop) + 1]
    assert found[-1].finish == "stop"


def test_the_token_budget_ends_the_sequence():
    found = alone(recurrent(), Request(prompt=prompt(2), max_tokens=5))
    assert [one.finish for one in found] == ["", "", "", "", "length"]


def test_forced_tokens_come_first_with_their_own_log_probs():
    request = Request(prompt=prompt(3), forced=(7, 8), max_tokens=4)
    found = alone(recurrent(), request)
    assert written(found)[:2] == [7, 8]
    ids = [*request.prompt, *written(found)]
    expected = slow_log_probs(recurrent(), ids)[2:]
    assert [one.log_prob for one in found] == pytest.approx(expected, abs=1e-4)


def test_banned_tokens_are_never_drawn():
    banned = torch.zeros(VOCAB, dtype=torch.bool)
    banned[: VOCAB - 3] = True
    found = alone(recurrent(), Request(prompt=prompt(2), banned=banned, max_tokens=30))
    assert set(written(found)) <= {VOCAB - 3, VOCAB - 2, VOCAB - 1}


def test_tokens_that_are_not_accepted_are_not_written():
    def even_after_odd(before, token):
        return (before[-1] + token) % 2 == 1

    request = Request(prompt=(3,), accept=even_after_odd, max_tokens=60)
    ids = [3, *written(alone(recurrent(), request))]
    assert all((one + other) % 2 for one, other in itertools.pairwise(ids))


def test_a_single_acceptable_token_is_found():
    request = Request(prompt=(3,), accept=lambda _, token: token == 17, max_tokens=3)
    assert written(alone(recurrent(), request)) == [17, 17, 17]


def test_where_no_token_is_accepted_the_drawn_one_is_written():
    request = Request(prompt=(3,), accept=lambda *_: False, max_tokens=3, seed=2)
    free = Request(prompt=(3,), max_tokens=1, seed=2)
    assert written(alone(recurrent(), request))[:1] == written(alone(recurrent(), free))


def test_the_caller_writes_where_there_is_no_sampler():
    engine = Engine(recurrent())
    handle = engine.add(Request(prompt=prompt(3), sampling=None, max_tokens=3))
    assert engine.step() == []
    expected = torch.log_softmax(engine.waiting[handle], 0)
    torch.testing.assert_close(engine.waiting[handle], expected)
    with pytest.raises(UsageError, match="wait for a token"):
        engine.step()
    engine.write(handle, 5)
    engine.step()
    other = Engine(recurrent())
    again = other.add(Request(prompt=(*prompt(3), 5), sampling=None))
    other.step()
    torch.testing.assert_close(engine.waiting[handle], other.waiting[again])


def test_a_forked_sequence_goes_on_by_itself():
    engine = Engine(recurrent())
    first = engine.add(Request(prompt=prompt(3), sampling=None, max_tokens=5))
    beside = engine.add(Request(prompt=prompt(3, 1), seed=1, max_tokens=9))
    engine.step()
    second = engine.fork(first)
    engine.write(first, 5)
    engine.write(second, 6)
    outputs = engine.step()
    assert [output.handle for output in outputs] == [beside]
    for handle, token in ((first, 5), (second, 6)):
        other = Engine(recurrent())
        again = other.add(Request(prompt=(*prompt(3), token), sampling=None))
        other.step()
        torch.testing.assert_close(engine.waiting[handle], other.waiting[again])


def test_writing_ends_a_sequence_whose_budget_is_used():
    engine = Engine(recurrent())
    handle = engine.add(Request(prompt=prompt(3), sampling=None, max_tokens=1))
    engine.step()
    engine.write(handle, 5)
    assert not len(engine)


@pytest.mark.parametrize("call", ["write", "fork"])
def test_a_sequence_that_does_not_wait_takes_no_token(call):
    engine = Engine(recurrent())
    handle = engine.add(Request(prompt=prompt(3)))
    with pytest.raises(UsageError, match="does not wait"):
        engine.fork(handle) if call == "fork" else engine.write(handle, 5)


def test_an_engine_without_sequences_does_nothing():
    engine = Engine(recurrent())
    assert engine.step() == []
    assert list(engine.run()) == []


def test_a_chunk_of_nothing_is_refused():
    with pytest.raises(UsageError, match="at least 1 token"):
        Engine(recurrent(), chunk=0)


def test_the_context_of_a_sequence_that_waits_is_its_text():
    engine = Engine(recurrent())
    texts = [prompt(length) for length in (2, 5, 3)]
    handles = [engine.add(Request(prompt=ids, sampling=None, max_tokens=1)) for ids in texts]
    contexts = {}
    while engine:
        engine.step()
        for handle in engine.waiting:
            contexts[handle] = engine.context(handle)
            engine.cancel(handle)
    for handle, ids in zip(handles, texts, strict=True):
        whole = alone(recurrent(), Request(prompt=ids, seed=3, max_tokens=8))
        goes_on = Request(context=contexts[handle], before=ids, seed=3, max_tokens=8)
        assert_same(alone(recurrent(), goes_on), whole)


def test_a_context_shares_no_memory_with_the_sequences_beside_it():
    engine = Engine(recurrent())
    handles = [
        engine.add(Request(prompt=prompt(2, seed), sampling=None, max_tokens=1))
        for seed in range(10)
    ]
    engine.step()
    context = engine.context(handles[0])
    assert context.prediction.log_probs().untyped_storage().nbytes() == 4 * VOCAB
    assert context.state[0][0].untyped_storage().nbytes() == 4 * 16


def test_a_sequence_that_does_not_wait_has_no_context():
    engine = Engine(recurrent())
    handle = engine.add(Request(prompt=prompt(2)))
    with pytest.raises(UsageError, match="does not wait"):
        engine.context(handle)


@pytest.mark.parametrize("length", [1, 3, 600])
def test_a_text_read_by_an_engine_of_its_own_is_the_context_of_the_text(length):
    model = recurrent()
    ids = torch.randint(VOCAB, (length,), generator=torch.Generator().manual_seed(1)).tolist()
    found = context_of(model, [1, *ids])
    expected = read_context(model, ids, line_end_id=1)
    assert torch.equal(found.log_probs, expected.log_probs)
    longer = context_of(model, ids[:2], found)
    torch.testing.assert_close(longer.log_probs, extend(model, expected, ids[:2]).log_probs)
