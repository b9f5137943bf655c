import pytest

from lmkit.bench.untrained import Size, made_up_words, sample_words, untrained_archive
from lmkit.core.errors import UsageError

SMALL = Size(1, 8, 60)


def test_a_size_reads_as_it_is_written():
    assert Size.parse("2x512x10000") == Size(2, 512, 10_000)
    assert str(Size(2, 512, 10_000)) == "2x512x10000"


@pytest.mark.parametrize("text", ["", "2x512", "0x8x60", "2x0x60", "2x8x49", "axbxc", "2X8X60"])
def test_what_is_no_size_is_refused(text):
    with pytest.raises(UsageError, match="2x512x10000"):
        Size.parse(text)


def test_an_untrained_model_is_as_large_as_was_asked_for():
    archive = untrained_archive(SMALL)
    assert archive.tokenizer.vocab_size == archive.model.vocab_size == 60
    assert archive.model.config.hidden == 8


def test_equal_seeds_give_equal_models_and_words():
    one, same, other = (untrained_archive(SMALL, seed=seed) for seed in (1, 1, 2))
    weights = [a.model.embedding.weight.tolist() for a in (one, same, other)]
    assert weights[0] == weights[1] != weights[2]
    assert sample_words(one, [], 9, seed=3) == sample_words(same, [], 9, seed=3)


def test_made_up_words_are_all_different():
    words = list(made_up_words(2000))
    assert len(set(words)) == 2000
    assert all(word.isalpha() for word in words)


def test_words_come_from_the_text_if_there_is_one_and_again_if_it_is_short():
    archive = untrained_archive(SMALL)
    assert sample_words(archive, ["b c", "d"], 5) == ["b", "c", "d", "b", "c"]
    drawn = sample_words(archive, [], 30)
    assert all(archive.tokenizer.encode(word) for word in drawn)
    assert len(drawn) == 30
