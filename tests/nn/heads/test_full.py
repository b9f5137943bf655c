"""The full softmax against the plain one."""

import torch

from lmkit.nn.heads.full import FullHead


def test_the_temperature_divides_every_logit():
    head = FullHead(9, 4)
    generator = torch.Generator().manual_seed(0)
    head.initialise(generator)
    head.set_frequencies(torch.rand(9, generator=generator) + 0.1)
    hidden = torch.randn(5, 4, generator=generator)
    head.temperature.fill_(1.7)
    logits = hidden @ head.weight.t() + head.bias
    torch.testing.assert_close(head.log_probs(hidden), (logits / 1.7).log_softmax(1))
