"""Readers and writers that share steps, against each alone."""

import pytest
import torch

from lmkit.inference.context import read_context
from lmkit.inference.engine import Engine, Request
from lmkit.serve.decoder import Decoder
from lmkit.serve.prefix_cache import PrefixCache


@pytest.fixture(autouse=True)
def inference():
    with torch.inference_mode():
        yield


def decoder_of(archive, most=1 << 20):
    return Decoder("m", archive.model, PrefixCache(most))


def ids_of(archive, text):
    return (archive.tokenizer.line_end_id, *archive.tokenizer.encode(text))


def steps(decoder, most=100):
    """Step until nothing is left; return what came by asker."""
    found = {}
    while len(decoder) and most:
        most -= 1
        for asker, value in decoder.step():
            found.setdefault(asker, []).append(value)
    assert most
    return found


def same(context, archive, text):
    ids = ids_of(archive, text)[1:]
    expected = read_context(archive.model, ids, line_end_id=archive.tokenizer.line_end_id)
    torch.testing.assert_close(context.log_probs, expected.log_probs, atol=1e-5, rtol=1e-4)


def test_texts_of_several_lengths_are_read_side_by_side(archive):
    decoder = decoder_of(archive)
    texts = ["", "the cat", "a dog saw the cat on the mat", "the"]
    for text in texts:
        assert decoder.read(text, ids_of(archive, text)) is None
    found = steps(decoder)
    for text in texts:
        same(found[text][0], archive, text)


def test_equal_texts_are_read_once_for_all_who_ask(archive):
    decoder = decoder_of(archive)
    for asker in "abc":
        decoder.read(asker, ids_of(archive, "the cat"))
    assert len(decoder) == 1
    assert set(steps(decoder)) == set("abc")


def test_a_kept_text_comes_at_once_and_a_kept_prefix_saves_reading(archive):
    decoder = decoder_of(archive)
    decoder.read("a", ids_of(archive, "the cat"))
    steps(decoder)
    same(decoder.read("b", ids_of(archive, "the cat")), archive, "the cat")
    assert decoder.read("c", ids_of(archive, "the cat sat on")) is None
    same(steps(decoder)["c"][0], archive, "the cat sat on")


def test_nothing_is_kept_where_nothing_may_be(archive):
    decoder = decoder_of(archive, most=0)
    decoder.read("a", ids_of(archive, "the"))
    steps(decoder)
    assert decoder.read("b", ids_of(archive, "the")) is None


def test_written_tokens_are_those_of_the_engine_alone(archive):
    request = Request(prompt=ids_of(archive, "the"), seed=5, max_tokens=12)
    alone = [(o.id, o.finish) for o in _run(archive, request)]
    decoder = decoder_of(archive)
    decoder.write("writer", request)
    for number in range(20):
        decoder.read(number, ids_of(archive, "the cat sat on the mat"[: 3 + number]))
    found = [output for outputs in steps(decoder)["writer"] for output in outputs]
    assert [(o.id, o.finish) for o in found] == alone


def test_who_cancels_gets_nothing_and_others_all(archive):
    decoder = decoder_of(archive)
    ids = ids_of(archive, "the cat sat on the mat")
    decoder.read("a", ids)
    decoder.read("b", ids)
    decoder.write("c", Request(prompt=ids, max_tokens=3))
    decoder.cancel("a")
    decoder.cancel("c")
    assert set(steps(decoder)) == {"b"}
    decoder.read("d", ids_of(archive, "a"))
    decoder.cancel("d")
    assert len(decoder) == 0


def _run(archive, request):
    engine = Engine(archive.model)
    engine.add(request)
    return list(engine.run())
