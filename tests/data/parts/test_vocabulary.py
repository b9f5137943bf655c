import itertools

import pytest

from lmkit.core.errors import NoWordsError
from lmkit.data.corpus import spool_lines
from lmkit.data.held_out import Split
from lmkit.data.parts.layout import PARTS, Counted, PartPlace
from lmkit.data.parts.pool import WorkerPool
from lmkit.data.parts.text_parts import TextParts
from lmkit.data.parts.vocabulary import learn_vocabulary, settle_by_lines
from lmkit.text import count_runs
from lmkit.text.tokenizer import UNITS, Tokenizer, TokenizerConfig
from lmkit.text.units import settle, token_counter

LINES = ["the cat sat on the mat, it did.", "", "we went home.", "a dog", "the dog sat."] * 8


@pytest.fixture
def text_of(tmp_path):
    """Lines in parts of three lines, counted as workers count them."""
    (tmp_path / PARTS).mkdir()

    def make(lines, config):
        spools, counted = [], []
        for number, first in enumerate(range(0, len(lines), 3)):
            place = PartPlace(tmp_path, number)
            spool = spool_lines(lines[first : first + 3], place.path("text"))
            runs = []
            if not config.is_bytes:
                counter = token_counter(config, place.path("counts"))
                counter.add([place.path("text").read_text(encoding="utf-8")])
                runs = counter.finish()
            spools.append(spool)
            counted.append(Counted(number, spool.marks, spool.digest, len(runs), ()))
        return TextParts(tmp_path, tuple(counted), lambda part: spools[part.number])

    return make


@pytest.mark.parametrize("unit", UNITS)
@pytest.mark.parametrize("entries", [500_000, 3])
def test_the_vocabulary_is_that_of_the_training_text_alone(text_of, unit, entries, monkeypatch):
    monkeypatch.setattr(count_runs, "ENTRIES_AT_ONCE", entries)
    config = settle(TokenizerConfig(unit=unit), "".join(LINES))
    text = text_of([*LINES, "zebra zebra", "zebra the cat"], config)
    tail = len(" zebra zebra\n zebra the cat\n")
    cut = text.total.offset - tail
    split = Split(cut, cut, is_inside_line=False)
    with WorkerPool(1) as pool:
        found = learn_vocabulary(text, split, config, pool)
    expected = Tokenizer.train(LINES, config)
    assert found.to_json() == expected.to_json()


@pytest.mark.parametrize("cut", [1, 2, 3, 5, 8])
def test_a_cut_inside_a_word_counts_what_stands_before_it(text_of, cut):
    config = settle(TokenizerConfig(min_frequency=1), "ab cd\n")
    text = text_of(["abcdefgh"], config)
    split = Split(cut, cut, is_inside_line=True)
    with WorkerPool(1) as pool:
        found = learn_vocabulary(text, split, config, pool)
    counter = token_counter(config)
    counter.add(text.blocks(0, cut))
    assert found.tokens.texts[2:] == tuple(" abcdefgh"[:cut].split("\n")) or cut == 1


@pytest.mark.parametrize("unit", ["word", "bpe"])
def test_a_training_text_without_a_word_is_refused(text_of, unit):
    config = settle(TokenizerConfig(unit=unit), "a\n")
    text = text_of(["", "", "", "the cat"], config)
    split = Split(3, 3, is_inside_line=False)
    with WorkerPool(1) as pool, pytest.raises(NoWordsError, match="no words to learn from"):
        learn_vocabulary(text, split, config, pool)


def test_settings_that_are_given_are_kept(tmp_path):
    config = TokenizerConfig(vocab_size=9, min_frequency=3, split="spaces")
    assert settle_by_lines(LINES, config, tmp_path, holds_out=True) == config


@pytest.mark.parametrize("holds_out", [True, False])
def test_the_held_out_tail_has_no_say_in_the_settings(tmp_path, holds_out):
    lines = ["a b c"] * 30 + ["it says <unk>"]
    found = settle_by_lines(lines, TokenizerConfig(vocab_size=99), tmp_path, holds_out=holds_out)
    plain = settle(TokenizerConfig(vocab_size=99), " a b c\n" * 30)
    assert (found == plain) or not holds_out
    assert list(tmp_path.iterdir()) == []


def test_no_more_lines_are_read_than_settings_need(tmp_path):
    read = itertools.count()

    def endless():
        for number in read:
            yield f"the cat sat on the mat, it did {number}"

    found = settle_by_lines(endless(), TokenizerConfig(), tmp_path, holds_out=True)
    assert found.split == "punctuation"
    assert next(read) * 30 < 10_000_000
