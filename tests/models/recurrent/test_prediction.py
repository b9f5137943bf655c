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


def test_answers_come_to_the_device_of_the_ids_and_states_stay_where_the_weights_are(other):
    config = RecurrentLMConfig(vocab_size=9, hidden=4, embedding=4)
    here = RecurrentLM(config, make_generator(1)).eval()
    there = RecurrentLM(config, make_generator(1)).eval().to(other.OTHER)
    ids = torch.tensor([[1, 2, 3] * 8, [4, 5, 6] * 8])  # more than are read word by word
    for length in (3, 24):
        given = ids[:, :length]
        expected, _ = here.read(given, here.start(2))
        for asked, place in ((given, "cpu"), (given.to(other.OTHER), "meta")):
            found, state = there.read(asked, there.start(2))
            assert {part.device.type for layer in state for part in layer} == {"meta"}
            answers = [
                (found.hidden, expected.hidden),
                (found.log_probs(), expected.log_probs()),
                (found.log_prob_of(asked), expected.log_prob_of(given)),
                (next(found.logit_parts(2)), next(expected.logit_parts(2))),
                (found.last().log_probs(), expected.last().log_probs()),
                (found.select([1]).log_probs(), expected.select([1]).log_probs()),
            ]
            for one, two in answers:
                assert one.device.type == place
                torch.testing.assert_close(torch.tensor(one.tolist()), two)
