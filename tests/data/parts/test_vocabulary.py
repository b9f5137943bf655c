import pytest

from lmkit.core.errors import NoWordsError
from lmkit.data.corpus import spool_lines
from lmkit.data.held_out import Split
from lmkit.data.parts.layout import PARTS, Counted, PartPlace
from lmkit.data.parts.pool import WorkerPool
from lmkit.data.parts.text_parts import TextParts
from lmkit.data.parts.vocabulary import learn_vocabulary
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


@pytest.mark.parametrize("cut", [2, 3, 5, 8])
def test_a_cut_inside_a_word_counts_what_stands_before_it(text_of, cut):
    config = settle(TokenizerConfig(min_frequency=1), "ab cd\n")
    text = text_of(["abcdefgh"], config)
    split = Split(cut, cut, is_inside_line=True)
    with WorkerPool(1) as pool:
        found = learn_vocabulary(text, split, config, pool)
    counter = token_counter(config)
    counter.add(text.blocks(0, cut))
    assert found.tokens.texts[2:] == tuple(" abcdefgh"[:cut].split("\n"))


@pytest.mark.parametrize("unit", ["word", "bpe"])
def test_a_training_text_without_a_word_is_refused(text_of, unit):
    config = settle(TokenizerConfig(unit=unit), "a\n")
    text = text_of(["", "", "", "the cat"], config)
    split = Split(3, 3, is_inside_line=False)
    with WorkerPool(1) as pool, pytest.raises(NoWordsError, match="no words to learn from"):
        learn_vocabulary(text, split, config, pool)


@pytest.mark.parametrize("cut", [0, len(" it says <unk>\n")])
def test_what_is_left_open_is_chosen_from_the_training_text_alone(text_of, cut):
    lines = ["a b c"] * 30 + ["it says <unk>"]
    text = text_of(lines, TokenizerConfig())
    end = text.total.offset - cut
    with WorkerPool(1) as pool:
        found = learn_vocabulary(
            text, Split(end, end, is_inside_line=False), TokenizerConfig(), pool
        )
    assert found.config == settle(TokenizerConfig(), "".join(text.blocks(0, end)))
    given = TokenizerConfig(vocab_size=9, min_frequency=3, split="spaces")
    with WorkerPool(1) as pool:
        found = learn_vocabulary(text, Split(end, end, is_inside_line=False), given, pool)
    assert found.config == given
