"""Mean of tuned weights and those that training started from, by what a validation text says.

A short text teaches its own words and makes a model forget others; between the weights before and
after lie models that have both (Wortsman 2022). Knows neither words nor training.
"""

from collections.abc import Callable, Mapping

from torch import Tensor, nn

from lmkit.models.weights import load_weights, weights_of

FRACTIONS = (1.0, 0.85, 0.7, 0.5, 0.25, 0.0)  # of the tuned weights that are tried


def fit_tuned_fraction(
    model: nn.Module, start: Mapping[str, Tensor], nats: Callable[[], float]
) -> float:
    """Set the weights of a model to the best mean of its own and those it started from.

    Args:
        model: The tuned model.
        start: Weights before tuning, as `weights_of` names them.
        nats: Measures the model as it is: mean negative log-likelihood of a token of held-out text.

    Returns:
        The fraction of the tuned weights in the mean, 0..1.
    """
    tuned = {name: weight.clone() for name, weight in weights_of(model).items()}
    best, least = 1.0, nats()
    for fraction in FRACTIONS[1:]:
        load_weights(model, mean_weights(start, tuned, fraction))
        found = nats()
        if found < least:
            best, least = fraction, found
    load_weights(model, mean_weights(start, tuned, best))
    return best


def mean_weights(
    start: Mapping[str, Tensor], tuned: Mapping[str, Tensor], fraction: float
) -> dict[str, Tensor]:
    """Return the weighted mean of two sets of weights.

    Args:
        start: Weights by name.
        tuned: The same of another model of the same shape.
        fraction: Weight of `tuned`, 0..1; at 0 and 1 the weights come back bit for bit.
    """
    if fraction in (0.0, 1.0):
        return dict(tuned if fraction else start)
    return {name: start[name].lerp(weight, fraction) for name, weight in tuned.items()}
