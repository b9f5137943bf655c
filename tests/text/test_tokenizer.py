import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmkit.core.errors import DataError, ModelError, UnknownNameError, UsageError
from lmkit.text.normalise import normalise_text, straightened
from lmkit.text.tokenizer import UNITS, Tokenizer, TokenizerConfig
from lmkit.text.words import split_words

LINES = [
    "The cat didn't sit on the well-known mat, did it?",
    '"Yes," he said -- and paid 1,000.50 in the U.S.A. ...',
    "Ελλάδα και γλώσσα",
    "اللغة العربية می‌خواهم",
    "中文字很好。「日本語」 ประเทศไทย",
    "❤️ 👍🏽 👨‍👩‍👧 🇫🇷 smile",
]
TOKENIZERS = {
    unit: Tokenizer.train(LINES, TokenizerConfig(unit=unit, min_frequency=1)) for unit in UNITS
}
SPACED = Tokenizer.train(["the cat , he said", "n <unk> the"], TokenizerConfig())
WORDS = TOKENIZERS["word"]

any_unit = pytest.mark.parametrize("unit", UNITS)


@any_unit
def test_known_text_comes_back(unit):
    tokenizer = TOKENIZERS[unit]
    text = "\n".join([*LINES, "", LINES[0]])
    assert tokenizer.decode(tokenizer.encode(text)) == text


@pytest.mark.parametrize("unit", ["bpe", "unigram"])
@given(text=st.text())
def test_byte_units_spell_any_text(unit, text):
    tokenizer = TOKENIZERS[unit]
    assert tokenizer.decode(tokenizer.encode(text)) == tokenizer.normalise(text)
    assert tokenizer.unknown_id is None


@given(st.text(alphabet=sorted({*"".join(LINES), "\n"})))
def test_known_characters_come_back(text):
    tokenizer = TOKENIZERS["char"]
    assert tokenizer.decode(tokenizer.encode(text)) == normalise_text(text)


@given(st.lists(st.lists(st.sampled_from(["the", "cat", ",", "<unk>", "said"]))))
def test_known_words_come_back(lines):
    text = "\n".join(" ".join(line) for line in lines)
    assert SPACED.decode(SPACED.encode(text)) == text


@any_unit
@given(text=st.text())
def test_a_line_is_its_words_one_by_one(unit, text):
    tokenizer = TOKENIZERS[unit]
    line = " ".join(split_words(text.replace("\n", " ")))
    words = tokenizer.encode_words(line)
    assert [number for word in words for number in word] == tokenizer.encode(line)
    assert len(words) == len(line.split())


@any_unit
@given(lines=st.lists(st.text(alphabet="thec,. 中\x00\t")))
def test_lines_encode_as_the_text_they_make(unit, lines):
    tokenizer = TOKENIZERS[unit]
    joined = [[*ids, tokenizer.line_end_id] for ids in tokenizer.encode_lines(lines)]
    whole = tokenizer.encode("".join(f"{line}\n" for line in lines))
    assert [number for ids in joined for number in ids] == whole


def tokens(tokenizer, text):
    return [tokenizer.tokens.texts[number] for number in tokenizer.encode(text)]


def test_punctuation_is_cut_off_and_words_keep_what_is_inside_them():
    assert tokens(WORDS, LINES[0])[1:4] == [" cat", " didn't", " sit"]
    assert tokens(WORDS, LINES[1]) == [
        ' "', "Yes", ",", '"', " he", " said", " --", " and", " paid", " 1,000.50",
        " in", " the", " U.S.A", ".", " ...",
    ]  # fmt: skip
    assert tokens(WORDS, LINES[4])[:7] == ["中", "文", "字", "很", "好", "。", "「"]
    assert tokens(WORDS, LINES[5]) == [" ❤️", " 👍🏽", " 👨‍👩‍👧", " 🇫🇷", " smile"]
    assert tokens(WORDS, LINES[3]) == [" اللغة", " العربية", " می‌خواهم"]


def test_the_way_words_are_parted_is_chosen_from_the_text():
    assert SPACED.config.split == "spaces"
    assert WORDS.config.split == "punctuation"
    chinese = Tokenizer.train(["我喜欢吃苹果", "他不喜欢"], TokenizerConfig())
    assert chinese.config.split == "punctuation"


def test_the_unknown_word_is_one_and_comes_first():
    assert SPACED.unknown_id == 0
    assert SPACED.line_end_id == 1
    assert SPACED.encode("<unk> zebra\n") == [0, 0, 1]
    assert SPACED.config.min_frequency == 1
    assert SPACED.tokens.texts[0] == " <unk>"
    assert WORDS.encode("a<unk>") == [0, 0]


def test_ids_follow_the_count():
    tokenizer = Tokenizer.train(["b b b a a c"], TokenizerConfig(min_frequency=2))
    assert tokenizer.tokens.texts == (" <unk>", "\n", " b", " a")
    small = Tokenizer.train(["b b b a a c"], TokenizerConfig(vocab_size=3))
    assert small.tokens.texts == (" <unk>", "\n", " b")


@any_unit
@pytest.mark.parametrize("line", ["a " * 10, "the cat sat on the mat and the dog barked", "中"])
def test_very_little_text_is_enough(unit, line):
    tokenizer = Tokenizer.train([line], TokenizerConfig(unit=unit))
    assert tokenizer.decode(tokenizer.encode(line)) == line.strip()


@any_unit
def test_training_again_gives_the_same(unit):
    config = TokenizerConfig(unit=unit, min_frequency=1)
    assert Tokenizer.train(LINES, config).to_json() == TOKENIZERS[unit].to_json()


@any_unit
def test_saved_and_loaded_it_encodes_the_same(unit, tmp_path):
    TOKENIZERS[unit].save(tmp_path / "tokenizer.json")
    loaded = Tokenizer.load(tmp_path / "tokenizer.json")
    assert loaded.config == TOKENIZERS[unit].config
    assert loaded.encode("\n".join(LINES)) == TOKENIZERS[unit].encode("\n".join(LINES))


@pytest.mark.parametrize("segment", [", he said", " he said", ".", "", " cat, did it?"])
@any_unit
def test_what_stands_after_a_blank_is_the_tail_of_the_line(unit, segment):
    tokenizer = TOKENIZERS[unit]
    whole, tail = tokenizer.encode(f"The cat{segment}"), tokenizer.encode_inside(segment)
    assert whole[len(whole) - len(tail) :] == tail
    assert tokenizer.decode_inside(tail) == segment


def test_where_spaces_part_words_a_mark_after_a_blank_is_a_word():
    assert SPACED.encode_inside(", he said") == SPACED.encode(", he said")


@any_unit
@given(text=st.text(alphabet="the cat,\n中é"))
def test_a_block_has_the_ids_and_the_words_of_its_text(unit, text):
    tokenizer = TOKENIZERS[unit]
    opened = "\n".join(
        line if line[:1] == "中" or not line else f" {line}"
        for line in normalise_text(text).split("\n")
    )
    block = tokenizer.encode_block(opened)
    assert block.ids.tolist() == tokenizer.encode(text)
    assert block.words == len(text.split()) + text.count("\n")


def test_a_line_of_five_million_characters_is_encoded_quickly():
    line = "the cat " * 625_000
    assert len(SPACED.encode(line)) == 1_250_000


def test_lower_case_is_a_choice():
    tokenizer = Tokenizer.train(["The the THE"], TokenizerConfig(lowercase=True))
    assert tokenizer.decode(tokenizer.encode("THE The")) == "the the"


CURLY = ["“I’ll go,” he said.", "“We’re here,” they said, and ‘so’ it was."]


@any_unit
def test_curly_and_straight_quotes_are_one(unit):
    tokenizer = Tokenizer.train(CURLY, TokenizerConfig(unit=unit, min_frequency=1))
    assert tokenizer.config.straight_quotes
    for line in CURLY:
        straight = straightened(line)
        assert tokenizer.encode(line) == tokenizer.encode(straight)
        assert tokenizer.decode(tokenizer.encode(line)) == tokenizer.normalise(line) == straight
        assert tokenizer.encode_words(line) == tokenizer.encode_words(straight)
        assert tokenizer.encode_lines([line]) == tokenizer.encode_lines([straight])
        assert tokenizer.encode_inside(f" {line}") == tokenizer.encode_inside(f" {straight}")


def test_quotes_are_given_as_the_tokenizer_has_them():
    tokenizer = Tokenizer.train(CURLY, TokenizerConfig())
    assert tokenizer.requoted("  “I’LL”\n") == '  "I\'LL"\n'
    kept = Tokenizer.train(CURLY, TokenizerConfig(straight_quotes=False))
    assert kept.requoted("“I’ll”") == "“I’ll”"


@any_unit
def test_curly_quotes_can_be_kept(unit):
    config = TokenizerConfig(unit=unit, min_frequency=1, straight_quotes=False)
    tokenizer = Tokenizer.train(CURLY, config)
    assert tokenizer.decode(tokenizer.encode(CURLY[0])) == CURLY[0]
    assert tokenizer.encode(CURLY[0]) != tokenizer.encode(straightened(CURLY[0]))
    assert Tokenizer.from_json(tokenizer.to_json()).config == tokenizer.config


def test_a_tokenizer_of_before_reads_as_it_did():
    kept = TokenizerConfig(min_frequency=1, straight_quotes=False)
    content = json.loads(Tokenizer.train(CURLY, kept).to_json())
    content["format"] = 1
    del content["config"]["straight_quotes"]
    old = Tokenizer.from_json(json.dumps(content))
    assert not old.config.straight_quotes
    assert old.decode(old.encode(CURLY[0])) == CURLY[0]


def test_bad_settings_are_refused():
    with pytest.raises(UnknownNameError, match="did you mean 'word'"):
        TokenizerConfig(unit="wrod")
    with pytest.raises(UnknownNameError):
        TokenizerConfig(split="commas")
    with pytest.raises(UsageError, match="too small"):
        TokenizerConfig(unit="bpe", vocab_size=100)
    with pytest.raises(UsageError, match="negative"):
        TokenizerConfig(min_frequency=-1)


def test_no_words_are_refused():
    with pytest.raises(DataError, match="no words"):
        Tokenizer.train([" ", ""], TokenizerConfig())


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", '{"format": 1, "config": {"unit": 3}}'])
def test_a_damaged_file_is_refused(content, tmp_path):
    path = tmp_path / "tokenizer.json"
    path.write_text(content)
    with pytest.raises(ModelError):
        Tokenizer.load(path)


def test_a_file_that_the_library_refuses_is_refused(tmp_path):
    content = json.loads(SPACED.to_json())
    content["tokenizer"]["model"] = {"type": "other"}
    (tmp_path / "tokenizer.json").write_text(json.dumps(content))
    with pytest.raises(ModelError, match="damaged"):
        Tokenizer.load(tmp_path / "tokenizer.json")
    with pytest.raises(ModelError, match="cannot read"):
        Tokenizer.load(tmp_path / "missing.json")
