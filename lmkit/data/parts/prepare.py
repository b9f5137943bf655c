"""Preparation of a text in parts: count, agree on the vocabulary, encode, finish.

The parts follow from the sources alone, and a part that is done has a marker, so that the same
command goes on where another one, on this machine or elsewhere, has stopped.
"""

import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from lmkit.core.errors import NoWordsError, UsageError
from lmkit.core.files import sha256, write_text
from lmkit.core.json import JsonObject
from lmkit.data.corpus import Spool
from lmkit.data.held_out import Split
from lmkit.data.parts.finish import Finished, finish
from lmkit.data.parts.folder import check_folder, make_folder, remove_preparation
from lmkit.data.parts.layout import (
    Counted,
    remove_partial,
    remove_parts,
)
from lmkit.data.parts.part import CountWork, EncodeWork, Part, count_part, encode_part, open_text
from lmkit.data.parts.parts_plan import Plan, PreparationRequest, make_plan
from lmkit.data.parts.pool import WorkerPool
from lmkit.data.parts.text_parts import TextParts
from lmkit.data.parts.vocabulary import learn_vocabulary
from lmkit.data.prepared_text import (
    FORMAT,
    ONE_WORD,
    PREPARED,
    TOKENIZER,
    open_prepared,
)
from lmkit.text.tokenizer import Tokenizer, TokenizerConfig

COUNT, ENCODE = "count", "encode"


@dataclass(frozen=True, slots=True)
class PartsDone:
    """Progress of a preparation.

    Attributes:
        stage: count or encode.
        done: Parts of this share that are done.
        of: Parts of this share.
    """

    stage: str
    done: int
    of: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Preparation:
    """The end of a preparation, or of one share of it.

    Attributes:
        parts: Parts of the text.
        counted: Parts that are counted, by anyone.
        encoded: Parts that are encoded, by anyone.
        bytes: Bytes of normalised text that are counted.
        worked: Bytes of normalised text that this run has encoded, or only counted.
        seconds: That it took.
        finished: The counts, where the folder is finished.
    """

    parts: int
    counted: int
    encoded: int
    bytes: int
    worked: int
    seconds: float
    finished: Finished | None = None


def prepare_parts(request: PreparationRequest) -> Iterator[PartsDone | Preparation]:
    """Prepare a text, or one share of it, and go on with what was done before.

    Args:
        request: What to prepare.

    Yields:
        Progress; the last item is the result.

    Raises:
        DataError: If a source or a part is missing, damaged or has changed.
        UsageError: If something else is in the folder.
        LmkitError: If the disk takes no more, or a worker was killed.
    """
    began = time.monotonic()
    stored = check_folder(request)
    plan = make_plan(request)
    if stored is not None and _differs(stored["request"], plan.request):
        raise UsageError(
            f"{request.out} was begun from other sources or settings, or one has changed since; "
            "give those, name another folder, or replace it with --force"
        )
    if stored is not None and "files" in stored:
        yield _found(request.out, plan, began)
        return
    make_folder(request.out)
    mine = [part for part in plan.parts if request.share.has(part.number)]
    remove_partial(request.out, [part.number for part in mine])
    config = _begin(request, plan, stored)
    with WorkerPool(request.workers) as pool:
        yield from _Run(request, plan, mine, config, pool, began).stages()


@dataclass(slots=True)
class _Run:
    """One run of the command."""

    request: PreparationRequest
    plan: Plan
    mine: Sequence[Part]
    config: TokenizerConfig
    pool: WorkerPool
    began: float
    worked: dict[int, int] = field(default_factory=dict)  # bytes by part

    def stages(self) -> Iterator[PartsDone | Preparation]:
        """Carry out as many stages as can be."""
        yield from self._count()
        counted = [part.place.counted() for part in self.plan.parts]
        known = [marker for marker in counted if marker is not None]
        if len(known) < len(counted):
            yield self._result(known, encoded=0)
            return
        split = self._agree(known)
        yield from self._encode(known, split)
        done = [part.place.done() for part in self.plan.parts]
        encoded = [marker for marker in done if marker is not None]
        finished = None
        if self.request.shard is None:
            notices = [
                notice for source in dict.fromkeys(self.plan.kept) for notice in source.notices
            ]
            notices += [notice for marker in known for notice in marker.notices]
            if split.valid_start < split.train_end and self.request.valid is None:
                notices.append(ONE_WORD)
            finished = finish(
                self.request.out, self.plan.request, encoded, size=split.train_end, notices=notices
            )
        yield self._result(known, encoded=len(encoded), finished=finished)

    def _count(self) -> Iterator[PartsDone]:
        counts = self.request.tokenizer is None and not self.config.is_bytes
        left = [
            CountWork(part, self.config, counts_tokens=counts)
            for part in self.mine
            if part.place.counted() is None
        ]
        for number, counted in enumerate(self.pool.run(count_part, left), start=1):
            self.worked[counted.number] = counted.total.offset
            yield PartsDone(COUNT, len(self.mine) - len(left) + number, len(self.mine))

    def _agree(self, counted: Sequence[Counted]) -> Split:
        """Return the held-out tail, and see that there is a vocabulary.

        Both follow from the parts alone, so that it does not matter who comes first.
        """
        text = self._text(counted, is_valid=False)
        self._require_words(text, self.request.sources)
        end = text.total.offset
        split = Split(end, end, is_inside_line=False)
        if self.request.valid is None:
            split = text.split()
        else:
            self._require_words(self._text(counted, is_valid=True), (self.request.valid,))
        path = self.request.out / TOKENIZER
        if not path.is_file():
            self._learn(text, split).save(path)
        return split

    def _learn(self, text: TextParts, split: Split) -> Tokenizer:
        """Return a tokenizer of the training text; where it has no word, leave nothing behind."""
        try:
            return learn_vocabulary(text, split, self.config, self.pool)
        except NoWordsError:
            remove_preparation(self.request.out)
            raise

    def _encode(self, counted: Sequence[Counted], split: Split) -> Iterator[PartsDone]:
        tokenizer = self.request.out / TOKENIZER
        digest = sha256(tokenizer)
        starts = [
            *(mark.offset for mark in self._text(counted, is_valid=False).starts[:-1]),
            *(mark.offset for mark in self._text(counted, is_valid=True).starts[:-1]),
        ]
        left = [
            EncodeWork(part, counted[part.number], tokenizer, digest, starts[part.number], split)
            for part in self.mine
            if part.place.done() is None
        ]
        for number, done in enumerate(self.pool.run(encode_part, left), start=1):
            self.worked[done.number] = counted[done.number].total.offset
            yield PartsDone(ENCODE, len(self.mine) - len(left) + number, len(self.mine))

    def _text(self, counted: Sequence[Counted], *, is_valid: bool) -> TextParts:
        """Return the text of the sources, or the validation text."""
        chosen = [part for part in self.plan.parts if part.is_valid is is_valid]
        markers = tuple(counted[part.number] for part in chosen)
        return TextParts(self.request.out, markers, partial(_open, self.plan, self.config))

    def _require_words(self, text: TextParts, sources: Sequence[str]) -> None:
        """Refuse a text without a word, and leave nothing of it behind."""
        total = text.total
        if total.words == total.lines:
            remove_preparation(self.request.out)
            names = ", ".join(sources)
            raise NoWordsError(f"there is not one word in {names}; give a text that has some")

    def _result(
        self, counted: Sequence[Counted], *, encoded: int, finished: Finished | None = None
    ) -> Preparation:
        return Preparation(
            parts=len(self.plan.parts),
            counted=len(counted),
            encoded=encoded,
            bytes=sum(part.total.offset for part in counted),
            worked=sum(self.worked.values()),
            seconds=time.monotonic() - self.began,
            finished=finished,
        )


def _begin(request: PreparationRequest, plan: Plan, stored: JsonObject | None) -> TokenizerConfig:
    """Write down what is prepared, and return the settings of the tokenizer, some of them open."""
    path = request.out / TOKENIZER
    if request.tokenizer is not None and not path.is_file():
        request.tokenizer.save(path)
    if stored is None:
        content = {"format": FORMAT, "request": plan.request}
        write_text(request.out / PREPARED, json.dumps(content, indent=2) + "\n")
    return request.config if request.tokenizer is None else request.tokenizer.config


def _open(plan: Plan, config: TokenizerConfig, counted: Counted) -> Spool:
    return open_text(plan.parts[counted.number], counted, config)


def _differs(stored: JsonObject, wanted: JsonObject) -> bool:
    return bool(stored != json.loads(json.dumps(wanted)))


def _found(out: Path, plan: Plan, began: float) -> Preparation:
    """Return the counts of a folder that was finished before."""
    text = open_prepared(out)
    remove_parts(out)
    finished = Finished(
        train=text.train.facts,
        valid=text.valid.facts,
        vocabulary=text.tokenizer.vocab_size,
        notices=text.notices,
    )
    parts = len(plan.parts)
    return Preparation(
        parts=parts,
        counted=parts,
        encoded=parts,
        bytes=0,
        worked=0,
        seconds=time.monotonic() - began,
        finished=finished,
    )
