import math
import re

import pytest
import torch

from lmkit.inference.context import read_context
from lmkit.inference.engine import Engine, Request
from lmkit.inference.generate import (
    GenerateConfig,
    banned_tokens,
    continue_text,
    sample_seed,
    stream_text,
    write_texts,
)
from lmkit.inference.sampling import SamplingConfig
from lmkit.inference.writable import WritableTokens


def write(world, prompt="the", **settings):
    return write_texts(world.model, world.vocabulary, prompt, config=GenerateConfig(**settings))


def test_equal_seeds_write_equal_texts(any_world):
    assert write(any_world, seed=4, words=9)[0].text == write(any_world, seed=4, words=9)[0].text


def test_other_seeds_write_other_texts(world):
    assert len({write(world, seed=seed, words=9)[0].text for seed in range(5)}) > 1


def test_as_many_words_are_written_as_were_asked_for(world):
    for sample in write(world, prompt="", words=7, samples=4):
        assert sample.words == 7
        assert len(sample.text.split()) == 7


def test_the_parts_joined_are_the_text(any_world):
    config = GenerateConfig(words=6, seed=2)
    parts = continue_text(any_world.model, any_world.vocabulary, "the cat", config=config)
    whole = write(any_world, prompt="the cat", words=6, seed=2)[0].text
    assert "the cat" + "".join(part.text for part in parts) == whole


def test_a_stream_is_the_first_sample_as_it_comes(any_world):
    config = GenerateConfig(words=6, seed=2, samples=3)
    parts = list(stream_text(any_world.model, any_world.vocabulary, "the cat", config=config))
    assert all(parts)
    assert "the cat" + "".join(parts) == write(any_world, prompt="the cat", words=6, seed=2)[0].text


def test_unknown_words_are_never_written(world):
    assert "<unk>" not in write(world, words=300)[0].text


def test_the_last_part_of_each_sample_says_so(any_world):
    config = GenerateConfig(words=4, samples=3)
    parts = list(continue_text(any_world.model, any_world.vocabulary, "a", config=config))
    assert sorted(part.sample for part in parts if part.is_last) == [0, 1, 2]


def test_a_text_ends_before_a_stop_string(world):
    free = write(world, words=60, seed=5)[0].text
    stop = free.split()[4]
    text = write(world, words=60, seed=5, stop=(stop,))[0].text
    assert text == free[: free.index(stop, len("the"))]


def test_a_text_ends_at_the_end_of_a_line(world):
    texts = [write(world, words=200, seed=seed, end="line")[0].text for seed in range(5)]
    assert all("\n" not in text for text in texts)


def test_banned_words_are_not_written_and_forced_ones_are(world):
    text = write(world, words=200, banned=("cat", "dog"), forced=("old", "log"))[0].text
    assert text.startswith("the old log")
    assert not {"cat", "dog"} & set(text.split())


def test_no_second_space_follows_a_prompt_that_ends_in_one(world):
    assert "  " not in write(world, prompt="the cat ", words=8)[0].text


def test_no_words_are_no_text(world):
    assert write(world, prompt="the cat", words=0)[0].text == "the cat"


def test_what_is_written_follows_the_model(world):
    """Chi-square over the first words of 2,000 samples against the model's shares."""
    samples = 2000
    end = world.vocabulary.line_end_id
    context = read_context(world.model, world.tokenizer.encode("the"), line_end_id=end)
    shares = context.log_probs.exp().double()
    shares[torch.from_numpy(world.vocabulary.hidden)] = 0
    shares[end] = float(context.log_probs[end].exp())
    shares /= shares.sum()
    texts = write(world, words=1, samples=samples, end="line", seed=1)
    counts = dict.fromkeys(range(len(shares)), 0)
    for text in texts:
        words = text.text.split()[1:]
        counts[world.tokenizer.encode(words[0])[0] if words else end] += 1
    often = [n for n in counts if shares[n] * samples >= 5]
    chi_square = sum((counts[n] - shares[n] * samples) ** 2 / (shares[n] * samples) for n in often)
    degrees = len(often) - 1
    assert float(chi_square) < degrees + 4 * math.sqrt(2 * degrees)


def test_greedy_takes_the_most_probable(world):
    sampling = SamplingConfig(temperature=0)
    texts = {write(world, words=5, seed=seed, sampling=sampling)[0].text for seed in range(3)}
    assert len(texts) == 1


def test_a_sample_is_the_same_whatever_the_number_of_samples(any_world):
    sampling = SamplingConfig(temperature=0.9, top_k=30)
    many = write(any_world, words=8, samples=6, seed=3, sampling=sampling)
    assert len({sample.text for sample in many}) > 1
    for count in (1, 2, 4):
        few = write(any_world, words=8, samples=count, seed=3, sampling=sampling)
        assert [one.text for one in few] == [one.text for one in many[:count]]


def test_samples_have_seeds_of_their_own():
    seeds = {sample_seed(seed, sample) for seed in range(20) for sample in range(20)}
    assert len(seeds) == 400
    assert [sample_seed(7, 0), sample_seed(7, 1)] == [7, sample_seed(7, 1)]


QUOTED = [
    'the man said , "Behold the cat ."',
    "(the dog's cat) said: Behold!",
    "the ____ sat on the ___ , a_name",
] * 3


@pytest.fixture(scope="module", params=["word", "bpe", "unigram", "char"])
def quoted(request, build_world):
    return build_world(request.param, "punctuation", QUOTED)


def test_no_blank_is_ever_written(quoted):
    for sample in write(quoted, words=40, samples=20, seed=1):
        assert "___" not in sample.text.removeprefix("the")


def test_a_text_of_words_reads_back_as_the_tokens_it_was_written_in(build_world):
    world = build_world("word", "punctuation", QUOTED)
    tokenizer, written = world.tokenizer, 0
    context = read_context(world.model, [], line_end_id=tokenizer.line_end_id)
    for seed in range(40):
        engine = Engine(world.model)
        writable = WritableTokens(world.vocabulary)
        banned = banned_tokens(world.vocabulary, ())
        banned[tokenizer.line_end_id] = True
        engine.add(Request(context=context, accept=writable.accept, banned=banned, seed=seed))
        ids = [output.id for output in engine.run()]
        if world.vocabulary.texts[ids[0]].startswith(" "):
            written += 1
            assert tokenizer.encode(tokenizer.decode(ids)) == ids
    assert written > 10


def test_words_are_parted_as_the_tokenizer_parts_them(build_world):
    """Without the check some of these texts hold "theBehold" and the like."""
    world = build_world("word", "punctuation", QUOTED)
    known = {word for line in QUOTED for word in line.replace("'s", "").split()}
    for sample in write(world, prompt="the", words=60, samples=20, seed=2):
        for word in re.findall(r"[A-Za-z]+", sample.text.replace("'s", "")):
            assert any(word in own for own in known), word


def test_a_stop_string_over_several_tokens_is_never_shown(any_world):
    free = write(any_world, words=30, seed=6)[0].text
    stop = free[10:16]
    config = GenerateConfig(words=30, seed=6, stop=(stop,))
    parts = [
        part.text
        for part in continue_text(any_world.model, any_world.vocabulary, "the", config=config)
    ]
    text = "the" + "".join(parts)
    assert text == free[: free.index(stop, 3)]


def test_a_paragraph_ends_at_an_empty_line(build_world):
    world = build_world("char", lines=["a b", "", "c", "", ""] * 5)
    for seed in range(6):
        text = write(world, prompt="a", words=500, seed=seed, end="paragraph")[0].text
        assert "\n\n" not in text
