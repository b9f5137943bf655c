"""The decoding engine: sequences that are read and written together, one token a step.

Sequences join and leave between steps. Where the model can join states (`Batchable`) all of them
are read in one call; a model that learns while it reads is stepped for each sequence alone. Knows
token ids and nothing of text.

**Promise.** Each sequence has its own filters, generator, stop rule and token budget, and nothing
is padded, so its tokens depend on the sequences beside it in one way only: in float32 a sum over
several rows may be rounded differently from a sum over one. Log-probabilities then differ by e,
about 1e-6 and hardly more than 1e-5. The draw (see `sampling.draw`) turns that into another token
with a probability of at most 4e a token, divided by the temperature; each edge of `top_k`, `top_p`,
`min_p` and `typical` adds as much. N-gram models, and models with 8 bits a weight and a full
softmax, have no such difference: their tokens and log-probabilities are equal.
"""

from collections.abc import Iterator, Sequence
from operator import attrgetter
from typing import TypeAlias

import torch
from torch import Tensor

from lmkit.core.errors import UsageError
from lmkit.inference.context import CHUNK as LONG_CHUNK
from lmkit.inference.context import Context
from lmkit.inference.decoding import DecodedSequence, Output, Request, best_ids, choose_tokens
from lmkit.inference.reading_batch import ReadingBatch
from lmkit.models.base import FixedPrediction, Model, is_batchable

__all__ = ["CHUNK", "Engine", "Output", "Request", "context_of"]

CHUNK = 64  # prompt ids of each sequence read in one step at most

Ready: TypeAlias = tuple[list[DecodedSequence], Tensor]  # sequences, log-probs (sequences, vocab)


class Engine:
    """Reads and writes any number of sequences with one model.

    Example:
        >>> engine = Engine(model)
        >>> handle = engine.add(Request(prompt=(line_end_id,), seed=1, max_tokens=20))
        >>> for output in engine.run():
        ...     print(output.handle, output.id, output.log_prob)
    """

    def __init__(self, model: Model, *, chunk: int = CHUNK) -> None:
        """Begin without sequences.

        Args:
            model: The model that reads and predicts.
            chunk: Prompt ids of each sequence read in one step at most. More than one is read only
                while no sequence is being written.
        """
        if chunk < 1:
            raise UsageError(f"a chunk must be at least 1 token, got {chunk}")
        self._model = model
        self._chunk = chunk
        self._is_batchable = is_batchable(model)
        self._batches: list[ReadingBatch[DecodedSequence]] = []
        self._active: dict[int, DecodedSequence] = {}
        self._arrived: list[DecodedSequence] = []
        self._waiting: dict[int, Tensor] = {}
        self._handles = 0

    def __len__(self) -> int:
        """Return the number of sequences that have not ended."""
        return len(self._active)

    @property
    def waiting(self) -> dict[int, Tensor]:
        """Log-probabilities, shape (vocab,), by handle, of the sequences that wait for `write`."""
        return dict(self._waiting)

    def add(self, request: Request) -> int:
        """Take a sequence in; it is read from the next step on.

        Returns:
            Its handle; no other sequence ever has the same.
        """
        sequence = DecodedSequence(self._new_handle(), request)
        self._active[sequence.handle] = sequence
        self._arrived.append(sequence)
        return sequence.handle

    def cancel(self, handle: int) -> None:
        """End a sequence; its place is free in the next step. One that has ended is left alone."""
        sequence = self._active.pop(handle, None)
        if sequence is None:
            return
        self._waiting.pop(handle, None)
        self._arrived = [arrived for arrived in self._arrived if arrived is not sequence]
        for batch in self._batches:
            if sequence in batch:
                batch.remove(sequence)
        self._batches = [batch for batch in self._batches if batch]

    def write(self, handle: int, token: int) -> None:
        """Write a token on a sequence that waits for one.

        Raises:
            UsageError: If the sequence does not wait.
        """
        self._scores(handle)
        del self._waiting[handle]
        if self._active[handle].go_on(token):
            self.cancel(handle)

    def fork(self, handle: int) -> int:
        """Take in a copy of a sequence that waits for a token; the copy waits for one too.

        Returns:
            The handle of the copy.

        Raises:
            UsageError: If the sequence does not wait.
        """
        scores, sequence = self._scores(handle), self._active[handle]
        copy = sequence.copy(self._new_handle())
        self._active[copy.handle] = copy
        self._waiting[copy.handle] = scores
        next(batch for batch in self._batches if sequence in batch).fork(sequence, copy)
        return copy.handle

    def context(self, handle: int) -> Context:
        """Return the text of a sequence that waits for a token, for others to go on from.

        It shares no memory with the sequences read beside it.

        Raises:
            UsageError: If the sequence does not wait.
        """
        scores, sequence = self._scores(handle), self._active[handle]
        batch = next(batch for batch in self._batches if sequence in batch)
        return Context(FixedPrediction(scores[None, None].clone()), batch.state_of(sequence))

    def step(self) -> list[Output]:
        """Read an id of every sequence, or a chunk while all are prompts, and write the next.

        Returns:
            The echoed prompt ids that were read and the tokens that were written, by sequence in
            the order of arrival.

        Raises:
            UsageError: If a sequence still waits for `write`.
        """
        if self._waiting:
            raise UsageError("sequences wait for a token; write one on each, or cancel them")
        with torch.inference_mode():
            outputs, fresh = self._admit()
            ready = [self._read(batch, outputs) for batch in self._batches]
            if fresh:
                ready += self._continue(fresh)
            for sequences, scores in _by_sampler(ready):
                outputs += self._choose(sequences, scores)
        for output in outputs:
            if output.finish:
                self.cancel(output.handle)
        return sorted(outputs, key=attrgetter("handle")) if len(outputs) > 1 else outputs

    def run(self) -> Iterator[Output]:
        """Yield outputs, step after step, until every sequence has ended."""
        while self:
            yield from self.step()

    def _new_handle(self) -> int:
        self._handles += 1
        return self._handles - 1

    def _scores(self, handle: int) -> Tensor:
        if handle not in self._waiting:
            raise UsageError(f"sequence {handle} does not wait for a token")
        return self._waiting[handle]

    def _admit(self) -> tuple[list[Output], list[DecodedSequence]]:
        """Give prompts a place; return their first echoes, and the sequences that only go on."""
        if not self._arrived:
            return [], []
        arrived, self._arrived = self._arrived, []
        outputs = [output for sequence in arrived for output in sequence.first_echo()]
        self._place([sequence for sequence in arrived if sequence.unread])
        ended = {output.handle for output in outputs if output.finish}
        fresh = [s for s in arrived if not s.unread and s.handle not in ended]
        return outputs, fresh

    def _place(self, sequences: list[DecodedSequence]) -> None:
        """Join sequences to the batch, or give each a batch of its own."""
        if not sequences:
            return
        groups = [sequences] if self._is_batchable else [[sequence] for sequence in sequences]
        for group in groups:
            if not (self._is_batchable and self._batches):
                self._batches.append(ReadingBatch(self._model))
            self._batches[-1].join(group, [one.start(self._model) for one in group])

    def _read(self, batch: ReadingBatch[DecodedSequence], outputs: list[Output]) -> Ready:
        """Read a batch on, add its echoes to the outputs, return what is ready for a token."""
        read = batch.read(self._chunk)
        for row, sequence in enumerate(read.sequences):
            if sequence.request.echo:
                outputs += sequence.echo(read.prediction, row, read.times)
        ready = [
            row
            for row, sequence in enumerate(read.sequences)
            if not sequence.unread and sequence.request.max_tokens
        ]
        if not ready:
            return [], torch.empty(0)
        prediction = read.prediction.last()
        if len(ready) < len(read.sequences):
            prediction = prediction.select(ready)
        return [read.sequences[row] for row in ready], prediction.log_probs()[:, 0]

    def _continue(self, fresh: list[DecodedSequence]) -> list[Ready]:
        """Give sequences that go on from a context a place; return them with its predictions."""
        self._place(fresh)
        contexts = [(sequence, sequence.request.context) for sequence in fresh]
        return [([one], context.log_probs[None]) for one, context in contexts if context]

    def _choose(self, sequences: list[DecodedSequence], scores: Tensor) -> list[Output]:
        """Write the next token of sequences that share a sampler, or let them wait for it."""
        if sequences[0].request.sampling is None:
            rows = [scores[0]] if len(sequences) == 1 else scores  # a table is slow to go through
            self._waiting |= {one.handle: row for one, row in zip(sequences, rows, strict=True)}
            return []
        tokens = choose_tokens(sequences, scores)
        table = scores.cpu().numpy()  # of few numbers numpy picks quicker
        log_probs = [float(row[token]) for row, token in zip(table, tokens, strict=True)]
        wanted = max(sequence.request.top for sequence in sequences)
        tops = best_ids(scores, wanted)
        return [
            Output(one.handle, token, log_prob, top[: one.request.top], finish=one.go_on(token))
            for one, token, log_prob, top in zip(sequences, tokens, log_probs, tops, strict=True)
        ]


def context_of(model: Model, ids: Sequence[int], context: Context | None = None) -> Context:
    """Read ids with an engine that has no other sequence, as a text being typed is read.

    Args:
        model: The model that reads.
        ids: At least one id; the first of a text is its line end.
        context: The text before, read by the model.

    Returns:
        The text read.
    """
    engine = Engine(model, chunk=LONG_CHUNK)
    handle = engine.add(Request(prompt=tuple(ids), context=context, sampling=None, max_tokens=1))
    while not engine.waiting:
        engine.step()
    return engine.context(handle)


def _by_sampler(ready: Sequence[Ready]) -> Iterator[Ready]:
    """Put the rows together that share a sampler, in the order in which they come."""
    ready = [(sequences, scores) for sequences, scores in ready if sequences]
    if not ready:
        return
    if len(ready) == 1 and len(ready[0][0]) == 1:
        yield ready[0]
        return
    everyone = [one for sequences, _ in ready for one in sequences]
    scores = ready[0][1] if len(ready) == 1 else torch.cat([table for _, table in ready])
    rows: dict[object, list[int]] = {}
    for row, sequence in enumerate(everyone):
        rows.setdefault(sequence.sampler, []).append(row)
    for own in rows.values():
        table = scores if len(own) == len(everyone) else scores[own]
        yield [everyone[row] for row in own], table
