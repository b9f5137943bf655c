"""`export --to arpa`: a folder's n-gram as a file that others read."""

import math

import numpy as np
import pytest
import torch

from lmkit.archive.folder import Archive, load_archive, save_archive
from lmkit.core.errors import Hint, LmkitError, ModelError, UsageError
from lmkit.interop.arpa.export import export_arpa
from lmkit.interop.arpa.names import token_names
from lmkit.models.adapters.ngram import NGramConfig
from lmkit.models.adapters.stack import StackEntry
from lmkit.models.ngram.ngram import NGram
from lmkit.models.recurrent.recurrent_lm import RecurrentLM, RecurrentLMConfig
from lmkit.text.tokenizer import Tokenizer, TokenizerConfig

LINES = ["the cat sat on the mat .", "a dog , a cat and a caf\u00e9 .", "", "the dog sat ."] * 2


def stored(folder, unit="word", *, has_ngram=True):
    tokenizer = Tokenizer.train(LINES, TokenizerConfig(unit=unit))
    config = RecurrentLMConfig(vocab_size=tokenizer.vocab_size, hidden=4, embedding=4)
    network = RecurrentLM(config, torch.Generator().manual_seed(0)).eval()
    ids = [n for line in LINES for n in (*tokenizer.encode(line), tokenizer.line_end_id)]
    ngram = NGram.fit(
        np.array(ids), vocab_size=tokenizer.vocab_size, line_end_id=tokenizer.line_end_id, order=4
    )
    stack = (StackEntry("ngram", NGramConfig(weights={"": (0.5,)}), ngram),) if has_ngram else ()
    save_archive(folder, Archive(model=network, tokenizer=tokenizer, stack=stack))
    return folder


def lines_of(tokenizer, count=60):
    """Random lines: their ids."""
    generator = np.random.default_rng(3)
    usable = [n for n in range(tokenizer.vocab_size) if n != tokenizer.line_end_id]
    return [
        [int(n) for n in generator.choice(usable, generator.integers(0, 8))] for _ in range(count)
    ] + [tokenizer.encode(line) for line in LINES]


def expected(ngram, ids, line_end_id):
    prediction, _ = ngram.read(torch.tensor([[line_end_id, *ids]]), ngram.start(1))
    found = prediction.log_prob_of(torch.tensor([[*ids, line_end_id]]))[0]
    return (found.double() / math.log(10)).tolist()


@pytest.mark.parametrize("unit", ["word", "bpe", "unigram", "char"])
def test_the_file_has_the_probabilities_of_the_model(tmp_path, read_arpa, unit):
    answer = export_arpa(stored(tmp_path / "m", unit), tmp_path / "m.arpa")
    archive = load_archive(tmp_path / "m")
    names = token_names(archive.tokenizer)
    arpa = read_arpa((tmp_path / "m.arpa").read_text(encoding="utf-8"))
    for ids in lines_of(archive.tokenizer):
        found = arpa.sentence([names[number] for number in ids])
        assert found == pytest.approx(
            expected(archive.ngram, ids, archive.tokenizer.line_end_id), abs=1e-5
        )
    assert answer.bytes == (tmp_path / "m.arpa").stat().st_size
    assert (answer.order, answer.model) == (4, "m")
    assert answer.ngrams == tuple(len(level.keys) for level in archive.ngram.tables.levels)
    assert answer.space == {"word": "", "char": "▁"}.get(unit, "Ġ")


@pytest.mark.parametrize("unit", ["word", "bpe", "char"])
def test_kenlm_reads_it_to_the_same_probabilities(tmp_path, unit):
    kenlm = pytest.importorskip(
        "kenlm", reason="kenlm is not installed; its wheel is built from C++"
    )
    export_arpa(stored(tmp_path / "m", unit), tmp_path / "m.arpa")
    archive = load_archive(tmp_path / "m")
    names = token_names(archive.tokenizer)
    model = kenlm.Model(str(tmp_path / "m.arpa"))
    for ids in lines_of(archive.tokenizer):
        scores = model.full_scores(" ".join(names[number] for number in ids))
        found = [log_prob for log_prob, _, _ in scores]
        assert found == pytest.approx(
            expected(archive.ngram, ids, archive.tokenizer.line_end_id), abs=1e-5
        )


def test_a_folder_without_an_ngram_is_refused_in_one_sentence(tmp_path):
    folder = stored(tmp_path / "m", has_ngram=False)
    with pytest.raises(UsageError, match="holds no n-gram to write as an ARPA file") as raised:
        export_arpa(folder, tmp_path / "m.arpa")
    assert raised.value.hint is Hint.TRAIN_NGRAM
    assert not (tmp_path / "m.arpa").exists()


def test_a_damaged_folder_is_refused(tmp_path):
    folder = stored(tmp_path / "m")
    (folder / "ngram.safetensors").write_bytes(b"no tables")
    with pytest.raises(ModelError, match="wrong checksum"):
        export_arpa(folder, tmp_path / "m.arpa")
    assert not (tmp_path / "m.arpa").exists()


def test_a_file_of_somebody_else_stays_unless_forced(tmp_path):
    folder, out = stored(tmp_path / "m"), tmp_path / "m.arpa"
    out.write_text("\\data\\\nngram 1=0\n", encoding="utf-8")
    with pytest.raises(UsageError, match="is no ARPA file of lmkit"):
        export_arpa(folder, out)
    assert out.read_text(encoding="utf-8") == "\\data\\\nngram 1=0\n"
    first = export_arpa(folder, out, force=True)
    assert first == export_arpa(folder, out)  # a file of our own is replaced
    with pytest.raises(UsageError, match="is a folder"):
        export_arpa(folder, tmp_path)


def test_a_file_that_cannot_be_written_leaves_nothing_behind(tmp_path, monkeypatch):
    folder = stored(tmp_path / "m")

    def broken(*_):
        yield "# n-gram"
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("lmkit.interop.arpa.export.arpa_lines", broken)
    with pytest.raises(LmkitError, match="No space left"):
        export_arpa(folder, tmp_path / "m.arpa")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["m"]
