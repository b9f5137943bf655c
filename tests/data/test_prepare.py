import numpy as np
import pytest

from lmkit.core.errors import DataError, LmkitError
from lmkit.data.prepare import prepare
from lmkit.data.sources import SourceConfig
from lmkit.data.sources.text_file import TextFile
from lmkit.text.tokenizer import UNITS, Tokenizer, TokenizerConfig

ANIMALS = ("cat", "dog", "cow")
PLACES = ("mat", "hill", "sea")
LINES = [f"the {animal} sat on the {place}." for animal in ANIMALS for place in PLACES] * 5


class Lines:
    """A source that cannot be told apart without reading it."""

    name = "lines"

    def __init__(self, lines):
        self.notices = []
        self._lines = lines
        self.reads = 0

    def lines(self):
        self.reads += 1
        self.notices = ["read"]
        yield from self._lines


@pytest.fixture
def text(tmp_path):
    def write(content, name="a.txt"):
        (tmp_path / name).write_text(content)
        return TextFile(str(tmp_path / name), SourceConfig())

    return write


def decoded(prepared, corpus):
    return prepared.tokenizer.decode(corpus.ids.tolist())


@pytest.mark.parametrize("unit", UNITS)
def test_the_two_parts_are_the_text_and_do_not_overlap(text, tmp_path, unit):
    source = text("\n".join(LINES) + "\n")
    config = TokenizerConfig(unit=unit)
    prepared = prepare([source], None, config, cache=tmp_path / "cache")
    train, valid = decoded(prepared, prepared.train), decoded(prepared, prepared.valid)
    assert train + valid == "\n".join(LINES) + "\n"
    assert prepared.is_held_out
    assert prepared.train.words + prepared.valid.words == len(LINES) * 7
    assert len(prepared.valid.ids) < 0.1 * len(prepared.train.ids)


def test_the_vocabulary_comes_from_the_training_part_alone(text, tmp_path):
    lines = [*LINES, "zebra zebra zebra zebra"]
    prepared = prepare([Lines(lines)], None, TokenizerConfig(), cache=tmp_path)
    assert " zebra" not in prepared.tokenizer.tokens.texts
    assert prepared.valid.unknown == 4
    apart = prepare([Lines(LINES)], Lines(["zebra"]), TokenizerConfig(), cache=tmp_path)
    assert " zebra" not in apart.tokenizer.tokens.texts
    assert not apart.is_held_out
    assert apart.train.lines == len(LINES)


def test_a_prepared_text_is_found_again(text, tmp_path):
    source = text("a caf\u00e9\nanother line\n" * 9)
    first = prepare([source], None, TokenizerConfig(), cache=tmp_path / "cache")
    again = prepare([source], None, TokenizerConfig(), cache=tmp_path / "cache")
    assert (first.was_cached, again.was_cached) == (False, True)
    assert np.array_equal(first.train.ids, again.train.ids)
    assert first.tokenizer.to_json() == again.tokenizer.to_json()
    assert first.key == again.key
    assert len(list((tmp_path / "cache").iterdir())) == 1


def test_a_source_that_must_be_read_is_found_again_by_its_content(tmp_path):
    source = Lines(LINES)
    assert not prepare([source], None, TokenizerConfig(), cache=tmp_path).was_cached
    again = prepare([Lines(LINES)], None, TokenizerConfig(), cache=tmp_path)
    assert again.was_cached
    assert again.notices == ("read",)
    assert source.reads == 1


def test_another_text_or_tokenizer_is_prepared_anew(text, tmp_path):
    cache = tmp_path / "cache"
    same = text("a b c\n" * 9)
    one = prepare([same], None, TokenizerConfig(), cache=cache)
    other_text = prepare([text("a b d\n" * 9, "b.txt")], None, TokenizerConfig(), cache=cache)
    other_unit = prepare([same], None, TokenizerConfig(unit="char"), cache=cache)
    with_valid = prepare([same], text("a\n", "v.txt"), TokenizerConfig(), cache=cache)
    found = {one.key, other_text.key, other_unit.key, with_valid.key}
    assert len(found) == 4
    assert not any(each.was_cached for each in (one, other_text, other_unit, with_valid))


def test_a_damaged_cache_is_made_again(text, tmp_path):
    source = text("a b c\n" * 9)
    key = prepare([source], None, TokenizerConfig(), cache=tmp_path / "cache").key
    (tmp_path / "cache" / key / "train.bin").write_bytes(b"")
    again = prepare([source], None, TokenizerConfig(), cache=tmp_path / "cache")
    assert not again.was_cached
    assert len(again.train.ids) > 0


def test_several_sources_are_one_text(text, tmp_path):
    sources = [text("first\n" * 5, "b"), text("second\n" * 5, "a")]
    prepared = prepare(sources, None, TokenizerConfig(), cache=tmp_path / "cache")
    whole = decoded(prepared, prepared.train) + decoded(prepared, prepared.valid)
    assert whole == "first\n" * 5 + "second\n" * 5


def test_a_cache_that_cannot_be_written_is_no_failure(text, tmp_path):
    (tmp_path / "file").touch()
    prepared = prepare([text("a b\n" * 9)], None, TokenizerConfig(), cache=tmp_path / "file")
    assert prepared.train.words > 0
    assert "cannot write to the cache folder" in prepared.notices[-1]


def test_a_text_without_spaces_is_said_to_have_a_large_perplexity(tmp_path):
    for line, is_said in (("猫坐在垫子上。" * 3, True), ("η γάτα κάθισε στο χαλί της", False)):
        notices = prepare([Lines([line] * 40)], None, TokenizerConfig(), cache=tmp_path).notices
        assert any("bits per character" in notice for notice in notices) is is_said


def test_a_tokenizer_that_is_there_is_kept(text, tmp_path):
    tokenizer = Tokenizer.train(["other words"], TokenizerConfig())
    source = text("a b\n" * 9)
    prepared = prepare([source], None, TokenizerConfig(), tokenizer=tokenizer, cache=tmp_path / "c")
    assert prepared.tokenizer.to_json() == tokenizer.to_json()
    assert prepared.train.unknown == prepared.train.words - prepared.train.lines


@pytest.mark.parametrize(
    "content", ["the cat sat on the mat and the dog barked", "a " * 50, "word", "中"]
)
@pytest.mark.parametrize("unit", UNITS)
def test_very_little_text_is_enough(text, tmp_path, unit, content):
    source = text(content)
    prepared = prepare([source], None, TokenizerConfig(unit=unit), cache=tmp_path / "cache")
    assert prepared.train.words > 0
    assert prepared.valid.words > 0
    assert prepared.train.ids[-1] == prepared.valid.ids[-1] == prepared.tokenizer.line_end_id


@pytest.mark.parametrize("content", ["\n", " \t\n\n \x00"])
def test_a_text_without_words_is_refused(text, tmp_path, content):
    with pytest.raises(DataError, match=r"not one word in .*a\.txt"):
        prepare([text(content)], None, TokenizerConfig(), cache=tmp_path / "cache")
    with pytest.raises(DataError, match=r"not one word in .*v\.txt"):
        prepare([text("a b")], text(content, "v.txt"), TokenizerConfig(), cache=tmp_path / "cache")
    assert list((tmp_path / "cache").iterdir()) == []


def test_capital_letters_are_given_up_where_asked(text, tmp_path):
    config = TokenizerConfig(lowercase=True)
    prepared = prepare([text("The Cat\n" * 9)], None, config, cache=tmp_path / "cache")
    assert decoded(prepared, prepared.train).startswith("the cat\n")


def test_curly_quotes_are_straight_unless_they_are_to_stay(text, tmp_path):
    source = text("“I’ll go”\n" * 9)
    straight = prepare([source], None, TokenizerConfig(), cache=tmp_path / "cache")
    assert decoded(straight, straight.train).startswith('"I\'ll go"\n')
    kept = TokenizerConfig(straight_quotes=False)
    curly = prepare([source], None, kept, cache=tmp_path / "cache")
    assert decoded(curly, curly.train).startswith("“I’ll go”\n")
    assert curly.key != straight.key


def test_a_text_of_words_too_rare_to_know_is_advised_to_be_spelled(tmp_path):
    lines = [f"all{number} different{number} words{number}" for number in range(3000)]
    for unit, is_advised in (("word", True), ("bpe", False)):
        config = TokenizerConfig(unit=unit)
        notices = prepare([Lines(lines)], None, config, cache=tmp_path).notices
        assert any("--unit bpe" in notice for notice in notices) is is_advised


def test_a_disk_that_takes_no_more_is_one_sentence(tmp_path):
    class Failing(Lines):
        def lines(self):
            yield "the cat"
            raise OSError(28, "No space left on device")

    with pytest.raises(LmkitError, match=r"No space left on device.*XDG_CACHE_HOME"):
        prepare([Failing(LINES)], None, TokenizerConfig(), cache=tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_the_words_of_a_text_are_added_to_those_of_a_base(text, tmp_path):
    base = Tokenizer.train(["the gnu sat on the moon."], TokenizerConfig(min_frequency=1))
    source = text("\n".join(LINES) + "\n")
    prepared = prepare([source], None, TokenizerConfig(), base=base, cache=tmp_path / "cache")
    words = list(prepared.tokenizer.tokens.texts)
    assert words[: base.vocab_size] == list(base.tokens.texts)
    assert {" cat", " hill"} <= set(words)
    assert prepared.train.unknown == 0


def test_other_bases_make_other_ids(text, tmp_path):
    source = text("\n".join(LINES) + "\n")
    bases = [Tokenizer.train([line], TokenizerConfig(min_frequency=1)) for line in ("a b", "a b c")]
    keys = {
        prepare([source], None, TokenizerConfig(), base=base, cache=tmp_path / "cache").key
        for base in (None, *bases)
    }
    assert len(keys) == 3


def test_a_base_says_how_text_is_normalised(text, tmp_path):
    config = TokenizerConfig(min_frequency=1, lowercase=True)
    base = Tokenizer.train(["the cat"], config)
    prepared = prepare(
        [text("The CAT sat\n" * 9)], None, TokenizerConfig(), base=base, cache=tmp_path
    )
    assert " CAT" not in prepared.tokenizer.tokens.texts
    assert prepared.train.unknown == 0
