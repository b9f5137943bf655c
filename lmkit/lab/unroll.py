"""The network unrolled over a sentence, with the gradients of back-propagation through time.

Back-propagation through time, shown: the loss of predicting one chosen word is followed back to
the hidden state at every earlier word, to every word's vector, and to each weight matrix.
"""

import torch
from torch import Tensor

from lmkit.core.errors import UsageError
from lmkit.inference.trace import words_of
from lmkit.models.recurrent.recurrent_lm import RecurrentLM
from lmkit.results.lab_unroll import Unrolled, UnrolledLayer, WeightGradient
from lmkit.text.tokenizer import Tokenizer

LINE_START = "↵"


def unroll(model: RecurrentLM, tokenizer: Tokenizer, text: str, *, position: int = -1) -> Unrolled:
    """Read a sentence step by step and follow one word's loss back.

    Args:
        model: Who reads.
        tokenizer: Its tokens.
        text: The sentence.
        position: Which word's prediction to follow back, counted from 0; negative from the end.
    """
    ids = tokenizer.encode(text)
    if not -len(ids) <= position < len(ids):
        raise UsageError(f"no word {position}: the text has {len(ids)} words")
    words = (LINE_START, *words_of(tokenizer, text, ids))
    chosen = position % len(ids) + 1  # the line's beginning is read first
    ids = [tokenizer.line_end_id, *ids]
    with torch.enable_grad():
        steps = _Steps(model, ids[:chosen])
        nats = -model.head.log_probs(model.project(steps.last))[0, ids[chosen]]
        gradients = torch.autograd.grad(
            nats, steps.tensors, allow_unused=True, materialize_grads=True
        )
    return steps.result(text, words[: chosen + 1], nats.item(), gradients)


class _Steps:
    """A forward pass, step by step, that keeps every tensor."""

    def __init__(self, model: RecurrentLM, ids: list[int]) -> None:
        x = model.embedding(torch.tensor(ids).unsqueeze(1)).detach().requires_grad_()
        self.names = [name for name, _ in model.recurrent.named_parameters()]
        self.inputs = list(x.unbind())
        self.states: list[list[tuple[Tensor, ...]]] = []  # layer, word, part
        self.gates: list[list[dict[str, Tensor]]] = []  # layer, word
        below = self.inputs
        self.last: list[Tensor] = []  # the last output of each layer
        for cell, before in zip(model.recurrent.cells, model.start(1), strict=True):
            states, gates, outputs, state = [], [], [], before
            for x_t in below:
                step = cell.step(x_t, state)
                state = step.state
                states.append(state)
                gates.append({name: step.gates[name].detach() for name in cell.gates})
                outputs.append(step.output)
            self.states.append(states)
            self.gates.append(gates)
            self.last.append(outputs[-1])
            below = outputs
        parts = [part for layer in self.states for state in layer for part in state]
        self.tensors = [*self.inputs, *model.recurrent.parameters(), *parts]

    def result(
        self, text: str, words: tuple[str, ...], nats: float, gradients: tuple[Tensor, ...]
    ) -> Unrolled:
        """Sort the gradients, which come in the order of `tensors`."""
        norms = iter([gradient.norm().item() for gradient in gradients])
        inputs = tuple(next(norms) for _ in self.inputs)
        weights = tuple(WeightGradient(name, next(norms)) for name in self.names)
        layers = []
        for states, gates in zip(self.states, self.gates, strict=True):
            reached = [torch.tensor([next(norms) for _ in state]).norm().item() for state in states]
            layers.append(
                UnrolledLayer(
                    hidden=tuple(state[0].norm().item() for state in states),
                    cell=tuple(state[min(1, len(state) - 1)].norm().item() for state in states),
                    gates={
                        name: tuple(values[name].mean().item() for values in gates)
                        for name in gates[0]
                    },
                    gradient=tuple(reached),
                )
            )
        return Unrolled(text, words[:-1], words[-1], nats, inputs, tuple(layers), weights)
