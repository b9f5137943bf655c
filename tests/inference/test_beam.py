import itertools
import re
from dataclasses import replace

import pytest
import torch

from lmkit.core.errors import UsageError
from lmkit.inference.beam import BeamConfig, best_continuations, best_endings, write_best
from lmkit.inference.context import read_context
from lmkit.inference.generate import GenerateConfig, banned_tokens, continue_text
from lmkit.inference.vocabulary import Vocabulary
from lmkit.inference.writable import WritableTokens
from lmkit.models.adapters.neural_cache import NeuralCache
from lmkit.models.recurrent.recurrent_lm import RecurrentLM, RecurrentLMConfig


def _brute_force(world, prompt, longest, power):
    end = world.vocabulary.line_end_id
    allowed = torch.nonzero(~banned_tokens(world.vocabulary, ())).flatten().tolist()
    allowed.remove(end)
    before = world.model.log_prob([end, *prompt])
    ways = []
    for length in range(longest + 1):
        for ids in itertools.product(allowed, repeat=length):
            ended = world.model.log_prob([end, *prompt, *ids, end]) - before
            ways.append((ended / (length + 1) ** power, ids, ended))
    return sorted(ways, reverse=True)


@pytest.mark.slow
def test_a_beam_as_wide_as_the_language_finds_the_best_endings(world):
    prompt = world.tokenizer.encode("the cat")
    context = read_context(world.model, prompt, line_end_id=world.vocabulary.line_end_id)
    config = BeamConfig(width=1000, tokens=2)
    found = best_continuations(world.model, world.vocabulary, context, config=config)
    ended = _brute_force(world, prompt, 1, config.length_power)
    scores = {way.ids: way.score for way in found}
    for score, ids, _ in ended[:5]:
        assert scores[ids] == pytest.approx(score, rel=1e-4)


def test_endings_come_best_first_and_end_before_the_line_end(world):
    context = read_context(world.model, [], line_end_id=world.vocabulary.line_end_id)
    found = best_continuations(world.model, world.vocabulary, context, config=BeamConfig())
    assert [way.score for way in found] == sorted((way.score for way in found), reverse=True)
    assert all(world.vocabulary.line_end_id not in way.ids for way in found)


def test_endings_are_text(any_world):
    context = read_context(any_world.model, [], line_end_id=any_world.vocabulary.line_end_id)
    endings = best_endings(
        any_world.model, any_world.vocabulary, context, config=BeamConfig(width=3, tokens=5)
    )
    assert 1 <= len(endings) <= 3
    assert all("<unk>" not in guess.word for guess in endings)


def test_the_best_endings_are_written_behind_the_prompt(any_world):
    config = GenerateConfig(beam=4, samples=2, words=3)
    written = write_best(any_world.model, any_world.vocabulary, "the cat", config=config)
    context = read_context(
        any_world.model,
        any_world.tokenizer.encode("the cat"),
        line_end_id=any_world.vocabulary.line_end_id,
    )
    tokens = 3 if any_world.vocabulary.is_whole else 18
    found = best_continuations(
        any_world.model, any_world.vocabulary, context, config=BeamConfig(width=4, tokens=tokens)
    )
    expected = ["the cat" + any_world.tokenizer.decode_inside(way.ids) for way in found[:2]]
    assert [each.text for each in written] == expected


def test_a_banned_word_is_in_no_ending(world):
    config = GenerateConfig(beam=20, samples=20, words=4)
    free = write_best(world.model, world.vocabulary, "the ", config=config)
    word = next(word for each in free for word in each.text.split()[1:] if word.isalpha())
    banned = replace(config, banned=(word,))
    without = write_best(world.model, world.vocabulary, "the ", config=banned)
    assert not any(word in each.text.split()[1:] for each in without)
    assert not any("  " in each.text for each in without)


def _slow_beam(world, prompt, config):
    """The same search with lists, every continuation scored from the start of its line."""
    end = world.vocabulary.line_end_id
    writable = WritableTokens(world.vocabulary)
    allowed = torch.nonzero(~banned_tokens(world.vocabulary, ())).flatten().tolist()
    start = world.model.log_prob([end, *prompt])

    def score(ids, length):
        log_prob = world.model.log_prob([end, *prompt, *ids]) - start
        return log_prob / max(1, length) ** config.length_power, log_prob

    begun, ended = [()], []
    for _ in range(config.tokens):
        ended += [(score((*ids, end), len(ids) + 1)[0], ids) for ids in begun]
        grown = [
            (score((*ids, token), 1)[1], (*ids, token))
            for ids in begun
            for token in allowed
            if token != end and writable.accept((*prompt, *ids), token)
        ]
        begun = [ids for _, ids in sorted(grown, reverse=True)[: config.width]]
    ended += [(score(ids, len(ids))[0], ids) for ids in begun]
    return sorted(ended, reverse=True)[: config.width]


@pytest.mark.parametrize("width", [1, 3, 6])
def test_a_beam_finds_what_a_search_without_an_engine_finds(world, width):
    prompt = world.tokenizer.encode("the cat")
    context = read_context(world.model, prompt, line_end_id=world.vocabulary.line_end_id)
    config = BeamConfig(width=width, tokens=4)
    found = best_continuations(world.model, world.vocabulary, context, config=config, before=prompt)
    expected = _slow_beam(world, prompt, config)
    assert [way.ids for way in found] == [ids for _, ids in expected]
    assert [way.score for way in found] == pytest.approx([s for s, _ in expected], rel=1e-4)


def test_a_model_that_learns_while_it_reads_is_searched_too(build_world):
    """Its continuations fork from one text, so their states need not be joined."""
    tokenizer = build_world("word").tokenizer
    config = RecurrentLMConfig(vocab_size=tokenizer.vocab_size, hidden=8, embedding=8)
    base = RecurrentLM(config, torch.Generator().manual_seed(0)).eval()
    vocabulary = Vocabulary(tokenizer)
    context = read_context(NeuralCache(base), [3, 4, 3], line_end_id=tokenizer.line_end_id)
    found = best_continuations(
        NeuralCache(base), vocabulary, context, config=BeamConfig(width=4, tokens=5)
    )
    assert len(found) == 4


def test_no_ending_glues_words_or_holds_a_blank(build_world):
    lines = ['the man said , "Behold the cat ."', "the ____ sat , a_name"] * 3
    world = build_world("word", "punctuation", lines)
    config = GenerateConfig(beam=30, samples=30, words=5)
    for ending in write_best(world.model, world.vocabulary, "the", config=config):
        ids = world.tokenizer.encode(ending.text)
        assert world.tokenizer.decode(ids) == ending.text
        assert "___" not in ending.text
        assert not re.search(r"[a-z][A-Z]", ending.text)


def test_a_beam_does_not_stream(world):
    with pytest.raises(UsageError, match="whole texts"):
        next(continue_text(world.model, world.vocabulary, "", config=GenerateConfig(beam=2)))


def test_a_beam_without_width_is_refused():
    with pytest.raises(UsageError):
        BeamConfig(width=0)
