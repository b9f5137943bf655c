import pytest

from lmkit.core.errors import DataError, LmkitError
from lmkit.core.files import sha256
from lmkit.data.corpus import spool_lines
from lmkit.data.held_out import Split
from lmkit.data.parts.layout import PARTS, PartPlace
from lmkit.data.parts.part import CountWork, EncodeWork, Part, count_part, encode_part, open_text
from lmkit.text.token_counter import Wanted, most_frequent
from lmkit.text.tokenizer import Tokenizer, TokenizerConfig

CONFIG = TokenizerConfig(vocab_size=100, min_frequency=1, split="punctuation")
LINES = ["The “cat” sat,", "", "on  the mat."]
TOKENIZER = Tokenizer.train(LINES, CONFIG)


class Lines:
    name = "lines"

    def __init__(self, lines):
        self.given = lines
        self.notices = []

    def lines(self):
        self.notices = ["read"]
        yield from self.given


@pytest.fixture
def part(tmp_path):
    (tmp_path / PARTS).mkdir()
    return Part(PartPlace(tmp_path, 3), Lines(LINES), is_valid=False)


@pytest.fixture
def encoded(part):
    """Encode a part as a stretch of a longer text."""
    path = part.place.folder / "tokenizer.json"
    TOKENIZER.save(path)

    def encode(part, start=0, split=None):
        counted = part.place.counted() or count_part(CountWork(part, CONFIG, counts_tokens=False))
        end = start + counted.total.offset
        split = split or Split(end, end, is_inside_line=False)
        return encode_part(EncodeWork(part, counted, path, sha256(path), start, split))

    return encode


def read(part, kind):
    content = part.place.path(kind).read_bytes()
    return TOKENIZER.decode(content)


def test_a_part_is_normalised_and_counted(part):
    counted = count_part(CountWork(part, CONFIG, counts_tokens=True))
    assert counted == part.place.counted()
    assert part.place.path("text").read_text(encoding="utf-8") == (
        ' The "cat" sat,\n\n on the mat.\n'
    )
    assert (counted.total.lines, counted.total.words) == (3, 9)
    assert counted.notices == ("read",)
    words = most_frequent(part.place.runs(counted.runs), Wanted(most=99))
    assert dict(words) == {" The": 1, ' "cat"': 1, " sat,": 1, " on": 1, " the": 1, " mat.": 1}


def test_a_validation_text_and_a_given_vocabulary_are_not_counted(part):
    assert count_part(CountWork(part, CONFIG, counts_tokens=False)).runs == 0
    valid = Part(part.place, part.source, is_valid=True)
    assert count_part(CountWork(valid, CONFIG, counts_tokens=True)).runs == 0


def test_the_ids_of_a_part_are_those_of_its_lines(part, encoded):
    done = encoded(part)
    assert done == part.place.done()
    assert read(part, "train") == 'The "cat" sat,\n\non the mat.\n'
    assert done.train.facts.words == 9
    assert done.train.digest == sha256(part.place.path("train"))
    assert done.valid.facts.ids == 0
    assert not part.place.path("text").exists()


def test_a_part_with_the_cut_in_it_has_both(part, encoded):
    start = 1000
    cut = start + len(' The "cat" sat,\n\n')
    done = encoded(part, start=start, split=Split(cut, cut, is_inside_line=False))
    assert read(part, "train") == 'The "cat" sat,\n\n'
    assert read(part, "valid") == "on the mat.\n"
    assert done.train.facts.words + done.valid.facts.words == 9


def test_a_cut_inside_a_line_closes_it(part, encoded):
    cut = len(' The "cat"')
    encoded(part, split=Split(cut, cut, is_inside_line=True))
    assert read(part, "train") == 'The "cat"\n'
    assert read(part, "valid") == "sat,\n\non the mat.\n"


@pytest.mark.parametrize(("cut", "kind"), [(500, "valid"), (5000, "train")])
def test_a_part_before_or_after_the_cut_has_one_kind(part, encoded, cut, kind):
    encoded(part, start=1000, split=Split(cut, cut, is_inside_line=False))
    assert read(part, kind) == 'The "cat" sat,\n\non the mat.\n'
    other = {"train": "valid", "valid": "train"}[kind]
    assert part.place.path(other).stat().st_size == 0


def test_a_part_of_a_validation_text_is_held_out_whole(part, encoded):
    valid = Part(part.place, part.source, is_valid=True)
    encoded(valid)
    assert read(valid, "valid") == 'The "cat" sat,\n\non the mat.\n'
    assert valid.place.path("train").stat().st_size == 0


def test_a_text_that_is_gone_or_damaged_is_made_again(part):
    counted = count_part(CountWork(part, CONFIG, counts_tokens=False))
    whole = part.place.path("text").read_bytes()
    for act in (part.place.forget_text, lambda: part.place.path("text").write_bytes(b"\0" * 9)):
        act()
        assert open_text(part, counted, CONFIG).path.read_bytes() == whole


def test_a_source_with_other_lines_is_refused(part):
    counted = count_part(CountWork(part, CONFIG, counts_tokens=False))
    part.place.forget_text()
    part.source.given = ["The dog sat."]
    with pytest.raises(DataError, match="lines has changed since it was counted"):
        open_text(part, counted, CONFIG)
    assert not part.place.path("text").exists()


def test_a_source_that_fails_half_way_leaves_no_marker(part):
    def failing():
        yield "the cat"
        raise DataError("the end is missing")

    part.source.lines = failing
    with pytest.raises(DataError, match="the end is missing"):
        count_part(CountWork(part, CONFIG, counts_tokens=True))
    assert list((part.place.folder / PARTS).iterdir()) == []


def test_a_folder_that_takes_nothing_is_one_sentence(part):
    (part.place.folder / PARTS).rmdir()
    (part.place.folder / PARTS).touch()
    with pytest.raises(LmkitError, match=r"cannot write .*00003\.text"):
        count_part(CountWork(part, CONFIG, counts_tokens=True))


def test_another_tokenizer_in_the_same_file_is_not_taken_from_the_cache(part, encoded):
    encoded(part)
    path = part.place.folder / "tokenizer.json"
    other = Tokenizer.train(["mat the on sat"] * 2, CONFIG)
    other.save(path)
    counted = part.place.counted()
    end = counted.total.offset
    split = Split(end, end, is_inside_line=False)
    done = encode_part(EncodeWork(part, counted, path, sha256(path), 0, split))
    assert done.train.facts.unknown > 0
    spool = spool_lines(LINES, part.place.folder / "again", straight_quotes=True)
    assert spool.digest == counted.digest
