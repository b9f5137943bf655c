import torch

from lmkit.core.seeding import make_generator
from lmkit.models.recurrent.recurrent_lm import RecurrentLM, RecurrentLMConfig


def test_parts_joined_are_the_whole():
    config = RecurrentLMConfig(vocab_size=20, hidden=8, embedding=5)
    model = RecurrentLM(config, make_generator(2)).eval()
    ids = torch.randint(20, (3, 7), generator=make_generator(1))
    prediction, _ = model.read(ids, model.start(3))
    parts = list(prediction.logit_parts(3))
    assert [part.shape[1] for part in parts] == [3, 3, 1]
    log_probs = torch.cat(parts, 1).log_softmax(2)
    torch.testing.assert_close(log_probs, prediction.log_probs())
