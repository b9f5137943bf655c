"""Tiny untrained models of several kinds, as a page holds them, and the answers of Python."""

import json
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from lmkit.archive.folder import Archive
from lmkit.archive.options import ALONE, ModelOptions
from lmkit.data.sources.grammar import GrammarSource
from lmkit.inference.generate import GenerateConfig
from lmkit.inference.sampling import SamplingConfig
from lmkit.interop.html.pack import PageText, pack_archive, page_archive
from lmkit.lab.embeddings import analogy, nearest_words, word_map
from lmkit.lab.interventions import intervene
from lmkit.language_model import LanguageModel
from lmkit.models.adapters.cache_prediction import CacheConfig
from lmkit.models.adapters.ngram import NGramConfig
from lmkit.models.adapters.stack import StackEntry
from lmkit.models.ngram.ngram import NGram
from lmkit.models.recurrent.recurrent_lm import RecurrentLM, RecurrentLMConfig
from lmkit.results.lab_gates import ForcedGate
from lmkit.text.tokenizer import Tokenizer, TokenizerConfig

ODD = [
    "It's the well-known “quoted” word, isn’t it? (3,000.5 of them) -- no...",
    "l’été à Zürich\test  beau ; 日本語の 文 😀👍🏽 e\u0301",
    "the CAT sat, on ___ mat",
    "",
]
# name: tokenizer, shape of the network, whether there are adapters and a backward model
KINDS: dict[str, tuple[dict[str, Any], dict[str, Any], bool, bool]] = {
    "words": ({"split": "punctuation"}, {"hidden": 24, "head_input": "sum"}, True, True),
    "spaced": ({"split": "spaces", "lowercase": True}, {"cell": "gru", "layers": 1}, False, True),
    "bpe": (
        {"unit": "bpe"},
        {"cell": "elman", "last_hidden": 20, "head_input": "sum"},
        True,
        False,
    ),
    "unigram": ({"unit": "unigram"}, {"cell": "elman_relu", "tied": False}, False, False),
    "chars": ({"unit": "char"}, {"hidden": 20, "last_hidden": 12}, True, True),
}


def grammar_lines(begin: int, count: int) -> list[str]:
    return list(islice(GrammarSource().lines(), begin, begin + count))


def tiny_archive(name: str) -> Archive:
    """Return an untrained archive, its head no longer uniform."""
    cut, shape, has_adapters, has_backward = KINDS[name]
    lines = [*grammar_lines(0, 300), *ODD]
    tokenizer = Tokenizer.train(lines, TokenizerConfig(**{"min_frequency": 1, **cut}))
    usual = {"vocab_size": tokenizer.vocab_size, "hidden": 16, "embedding": 16, "head": "full"}
    config = RecurrentLMConfig(**{**usual, **shape})
    ids = np.array([i for line in lines for i in (*tokenizer.encode(line), tokenizer.line_end_id)])
    stack = _stack(ids, tokenizer) if has_adapters else ()
    facts = {"direction": "both" if has_backward else "forward", "training": {"words": 3000}}
    return Archive(
        model=_network(config, ids, seed=1),
        backward=_network(config, ids, seed=2) if has_backward else None,
        tokenizer=tokenizer,
        facts={**facts, "backward_weight": 0.4} if has_backward else facts,
        stack=stack,
    )


def _network(config: RecurrentLMConfig, ids: np.ndarray, *, seed: int) -> RecurrentLM:
    generator = torch.Generator().manual_seed(seed)
    model = RecurrentLM(config, generator).eval()
    model.set_frequencies(torch.bincount(torch.from_numpy(ids), minlength=config.vocab_size))
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.ndim == 2:
                parameter.mul_(
                    1 if config.cell.startswith("elman") else 4
                )  # a chaotic cell has no digits to compare
        model.head.temperature.fill_(1.3)
    return model


def _stack(ids: np.ndarray, tokenizer: Tokenizer) -> tuple[StackEntry, ...]:
    ngram = NGram.fit(
        ids, vocab_size=tokenizer.vocab_size, line_end_id=tokenizer.line_end_id, order=4
    )
    cache = CacheConfig(weight=0.2, theta=0.5, decay=0.01, ramp=5, window=30)
    weights = {"": (0.1, 0.2, 0.3, 0.4), "cache": (0.05, 0.3, 0.4, 0.2)}
    return (
        StackEntry("cache", cache),
        StackEntry("ngram", NGramConfig(weights=weights), ngram),
    )


@pytest.fixture(scope="session")
def archives() -> dict[str, Archive]:
    """The models of all kinds as a page holds them."""
    return {name: page_archive(tiny_archive(name), ngrams=1500) for name in KINDS}


@pytest.fixture(scope="session")
def case_folder(archives: dict[str, Archive], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A blob and the answers of Python for each kind."""
    folder = tmp_path_factory.mktemp("pages")
    for name, archive in archives.items():
        (folder / f"{name}.blob").write_bytes(pack_archive(archive, PageText(name=name)))
        texts = [*grammar_lines(300, 200 if name == "words" else 8), *ODD]
        answers = {
            "texts": [*_answers(archive, texts)],
            "fillings": [
                *_fillings(archive, texts[: 4 if archive.tokenizer.config.unit == "word" else 1])
            ],
            "inside": _inside(archive, next(text for text in texts if len(text.split()) > 4)),
        }
        (folder / f"{name}.json").write_text(json.dumps(answers), encoding="utf-8")
    return folder


def _answers(archive: Archive, texts: list[str]) -> Iterator[dict[str, object]]:
    model, alone = LanguageModel(archive), LanguageModel(archive, ModelOptions(adapters=ALONE))
    cold = GenerateConfig(words=6, sampling=SamplingConfig(temperature=0.0))
    for number, text in enumerate(texts):
        begun = text[: len(text) * 2 // 3]
        yield {
            "text": text,
            "ids": archive.tokenizer.encode(text),
            "inside": archive.tokenizer.encode_inside(text),
            "score": model.score(text).to_dict(),
            "alone": alone.score(text).to_dict() if number % 4 == 0 else None,
            "next": model.next(text, k=5).to_dict()["words"] if number % 6 == 0 else None,
            "begun": begun,
            "complete": model.complete(begun, k=5).to_dict()["words"] if number % 6 == 0 else None,
            "written": "".join(model.generate(text, cold)) if number % 8 == 0 else None,
        }


def _fillings(archive: Archive, texts: list[str]) -> Iterator[dict[str, object]]:
    model = LanguageModel(archive)
    for text in texts:
        words = text.split()
        place = len(words) // 2
        for blank in ("___", words[place][:1] + "___", "____+"):
            asked = " ".join([*words[:place], blank, *words[place + 1 :]])
            yield model.fill(asked, k=3).to_dict()


def _inside(archive: Archive, text: str) -> dict[str, object]:
    network, tokenizer = archive.network, archive.tokenizer
    shown = [i for i in range(len(tokenizer.tokens)) if not tokenizer.tokens.hidden[i]]
    known = [tokenizer.tokens.texts[i].strip() for i in shown]
    words = [w for w in known if len(tokenizer.encode(w)) == 1 and "\ufffd" not in w][5:8]
    gates = [gate for gate in network.recurrent.cells[0].blocks if gate != "candidate"]
    forces = [ForcedGate(gate=gate, value=0.0, layer=1, units=(0, 3)) for gate in gates[:1]]
    forces += [ForcedGate(gate=gate, value=None) for gate in gates[1:2]]
    found: dict[str, Any] = {
        "text": text,
        "trace": LanguageModel(archive).trace(text).to_dict(),
        "forces": [
            {
                "layer": f.layer,
                "gate": f.gate,
                "units": list(f.units) or None,
                "value": "mean" if f.value is None else f.value,
            }
            for f in forces
        ],
        "effect": intervene(network, tokenizer, text, forced=forces, k=4).to_dict(),
        "map": word_map(network, tokenizer, count=12, dimensions=3).to_dict(),
    }
    if len(words) == 3:
        near = nearest_words(network, tokenizer, words[0], k=4).to_dict()
        found |= {"words": words, "near": near["neighbours"]}
        found["analogy"] = analogy(network, tokenizer, words, k=4).to_dict()["neighbours"]
    return found
