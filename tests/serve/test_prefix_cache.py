"""The prefix cache against a plain list of everything kept."""

import torch
from hypothesis import given
from hypothesis import strategies as st

from lmkit.inference.context import Context
from lmkit.models.base import FixedPrediction
from lmkit.serve.prefix_cache import PrefixCache, byte_size


def context_of(ids, size=4):
    state = ((torch.full((1, size), float(sum(ids))),),)
    return Context(FixedPrediction(torch.zeros(1, 1, size)), state)


def first_number(context):
    return float(context.state[0][0][0, 0])


IDS = st.lists(st.integers(0, 3), min_size=1, max_size=6).map(tuple)


@given(kept=st.lists(IDS, max_size=12), asked=IDS)
def test_the_longest_prefix_kept_is_found(kept, asked):
    cache = PrefixCache(1 << 20)
    for ids in kept:
        cache.keep("model", ids, context_of(ids))
    length, context = cache.longest("model", asked)
    prefixes = [ids for ids in kept if asked[: len(ids)] == ids]
    assert length == max(map(len, prefixes), default=0)
    assert (context is None) == (not prefixes)
    if context is not None:
        assert first_number(context) == sum(asked[:length])


@given(kept=st.lists(IDS, min_size=1, max_size=30), most=st.integers(0, 6000))
def test_it_never_holds_more_bytes_than_it_may(kept, most):
    cache = PrefixCache(most)
    for ids in kept:
        cache.keep("model", ids, context_of(ids))
        assert 0 <= cache.size <= most
    assert (cache.size == 0) == (len(cache) == 0)


def test_models_do_not_share_prefixes():
    cache = PrefixCache(1 << 20)
    cache.keep("one", (1, 2), context_of((1, 2)))
    assert cache.longest("two", (1, 2)) == (0, None)
    assert cache.longest("one", (1, 2))[0] == 2


def test_the_least_recently_used_goes_first():
    size = PrefixCache(1 << 20)
    size.keep("m", (1,), context_of((1,)))
    cache = PrefixCache(2 * size.size)
    cache.keep("m", (1,), context_of((1,)))
    cache.keep("m", (2,), context_of((2,)))
    assert cache.longest("m", (1, 5))[0] == 1
    cache.keep("m", (3,), context_of((3,)))
    assert [cache.longest("m", (n,))[0] for n in (1, 2, 3)] == [1, 0, 1]


def test_keeping_a_prefix_again_replaces_it():
    cache = PrefixCache(1 << 20)
    cache.keep("m", (1, 2), context_of((1, 2)))
    before = cache.size
    cache.keep("m", (1, 2), context_of((5, 5)))
    assert (cache.size, len(cache)) == (before, 1)
    assert first_number(cache.longest("m", (1, 2))[1]) == 10


def test_hits_and_tokens_not_read_are_counted():
    cache = PrefixCache(1 << 20)
    cache.keep("m", (1, 2), context_of((1, 2)))
    cache.longest("m", (1, 2, 3))
    cache.longest("m", (4,))
    assert (cache.hits, cache.misses, cache.tokens_saved) == (1, 1, 2)


def test_memory_shared_by_parts_of_a_state_counts_once():
    whole = torch.zeros(100)
    assert byte_size((whole[:10], (whole[10:], {"not": "looked into"}))) == 400
    assert byte_size(Context(FixedPrediction(torch.zeros(1, 1, 5)), (whole,))) == 420
