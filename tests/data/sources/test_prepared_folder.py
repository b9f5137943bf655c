import hashlib
import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmkit.core.errors import DataError
from lmkit.data.parts.parts_plan import PreparationRequest
from lmkit.data.parts.prepare import prepare_parts
from lmkit.data.prepared_text import PREPARED, TRAIN, VALID
from lmkit.data.sources import SourceConfig, Tokenized, open_source
from lmkit.data.sources import prepared_folder as module
from lmkit.data.sources.prepared_folder import PreparedFolder, decoded_lines, highest_id
from lmkit.text.tokenizer import UNITS, Tokenizer, TokenizerConfig

LINES = ["the cat sat on the mat .", "", "we went home , she said .", "zebra", "中文 café"] * 20


@pytest.fixture
def prepared(tmp_path):
    def make(lines=LINES, name="ids", **options):
        path = tmp_path / f"{name}.txt"
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        request = PreparationRequest(sources=(str(path),), out=tmp_path / name, **options)
        list(prepare_parts(request))
        return tmp_path / name

    return make


def opened(folder):
    return PreparedFolder(str(folder), SourceConfig())


def test_a_prepared_folder_is_known_by_what_it_holds(prepared):
    source = open_source(str(prepared()))
    assert isinstance(source, PreparedFolder)
    assert isinstance(source, Tokenized)


@pytest.mark.parametrize("unit", UNITS)
def test_its_lines_are_those_of_the_text(prepared, unit):
    folder = prepared(config=TokenizerConfig(unit=unit, min_frequency=1))
    assert list(opened(folder).lines()) == LINES


def test_a_word_that_the_vocabulary_lacks_is_the_unknown_word(prepared):
    tokenizer = Tokenizer.train(["the cat sat ."], TokenizerConfig(min_frequency=1, split="spaces"))
    folder = prepared(["the zebra sat .", "the cat"] * 9, tokenizer=tokenizer)
    assert list(opened(folder).lines())[:2] == ["the <unk> sat .", "the cat"]
    again = tokenizer.encode("the <unk> sat .")
    assert again == tokenizer.encode("the zebra sat .")


def test_a_validation_text_of_its_own_is_no_part_of_the_lines(prepared, tmp_path):
    valid = tmp_path / "v.txt"
    valid.write_text("not to be learned\n")
    assert list(opened(prepared(valid=str(valid))).lines()) == LINES


def test_its_fingerprint_is_that_of_the_ids(prepared):
    one, same = prepared(), prepared(name="same")
    other = prepared(["a b"] * 20, name="other")
    assert opened(one).fingerprint() == opened(same).fingerprint()
    assert opened(one).fingerprint() != opened(other).fingerprint()


def test_the_ids_are_mapped_and_not_read(prepared, tmp_path):
    text = opened(prepared()).prepared(tmp_path)
    assert isinstance(text.train.ids, np.memmap)
    assert isinstance(text.valid.ids, np.memmap)


def test_it_is_checked_once(prepared, monkeypatch):
    source = opened(prepared())
    list(source.lines())
    monkeypatch.setattr(module, "_digest", lambda path: pytest.fail("read again"))
    assert len(list(source.lines())) == len(LINES)


@pytest.mark.parametrize("name", ["train.bin", "valid.bin", "tokenizer.json", "facts.json"])
@pytest.mark.parametrize("act", ["change", "remove", "shorten"])
def test_a_file_that_is_not_what_was_written_is_refused(prepared, name, act):
    folder = prepared()
    path = folder / name
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    if act == "remove":
        path.unlink()
    else:
        path.write_bytes(content if act == "change" else content[:-1])
    message = rf"ids is damaged: {name} is not what was written; prepare it again"
    with pytest.raises(DataError, match=message):
        list(opened(folder).lines())


def rewritten(folder, name, content):
    """Change a file and its checksum, as a stranger could."""
    (folder / name).write_bytes(content)
    described = json.loads((folder / PREPARED).read_text())
    described["files"][name] = hashlib.sha256(content).hexdigest()
    (folder / PREPARED).write_text(json.dumps(described))


@pytest.mark.parametrize("name", [TRAIN, VALID])
def test_ids_that_the_vocabulary_lacks_are_refused_even_with_a_true_checksum(prepared, name):
    folder = prepared()
    rewritten(folder, name, b"\xff" * (folder / name).stat().st_size)
    with pytest.raises(DataError, match="it has ids that its vocabulary lacks"):
        opened(folder).fingerprint()


@pytest.mark.parametrize(
    ("name", "content"),
    [(TRAIN, b""), ("facts.json", b"{}"), ("facts.json", b"[[["), ("tokenizer.json", b"{}")],
)
def test_files_that_do_not_fit_together_are_refused(prepared, name, content):
    folder = prepared()
    rewritten(folder, name, content)
    with pytest.raises(DataError, match="its files do not fit together"):
        opened(folder).fingerprint()


def test_a_name_that_leads_out_of_the_folder_is_refused(prepared, tmp_path):
    folder = prepared()
    described = json.loads((folder / PREPARED).read_text())
    described["files"]["../ids.txt"] = hashlib.sha256(
        (tmp_path / "ids.txt").read_bytes()
    ).hexdigest()
    (folder / PREPARED).write_text(json.dumps(described))
    with pytest.raises(DataError, match="not what was written"):
        opened(folder).fingerprint()


def test_a_folder_that_is_not_finished_says_what_to_do(prepared):
    with pytest.raises(DataError, match="is not finished; run its `lmkit prepare` command again"):
        opened(prepared(shard=(1, 2))).fingerprint()


@given(
    lines=st.lists(st.sampled_from(["", "a", "a b", "b a b"]), min_size=1), size=st.integers(1, 9)
)
def test_lines_are_decoded_across_blocks(lines, size):
    tokenizer = Tokenizer.train(["a b"], TokenizerConfig(min_frequency=1))
    ids = [number for line in lines for number in (*tokenizer.encode(line), tokenizer.line_end_id)]
    blocks = [np.array(ids[n : n + size], dtype=np.uint8) for n in range(0, len(ids), size)]
    assert list(decoded_lines(blocks, tokenizer)) == lines
    if lines[-1]:
        assert list(decoded_lines([np.array(ids[:-1])], tokenizer)) == lines


def test_the_highest_id_is_found_in_every_type(tmp_path):
    for vocab_size, dtype in ((200, "u1"), (300, "<u2"), (70_000, "<u4")):
        ids = np.array([3, vocab_size - 1, 5], dtype=dtype)
        ids.tofile(tmp_path / "ids")
        assert highest_id(tmp_path / "ids", vocab_size) == vocab_size - 1
