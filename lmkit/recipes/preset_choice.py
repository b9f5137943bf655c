"""The choice of a preset by the size of a text and the time there is."""

FEW_WORDS, SOME_WORDS, MANY_WORDS = 60_000, 400_000, 4_000_000  # where presets change hands
FEW_MINUTES, SOME_MINUTES, MANY_MINUTES = 1.0, 20.0, 30.0
FEW_EPOCHS = 3.0
WORDS_A_MINUTE = 1_000_000  # read in training by `small` on a machine of the usual speed


def choose_preset(words: int, minutes: float, epochs: float = 0.0) -> str:
    """Return the preset that fits a text and a time.

    Args:
        words: Training words.
        minutes: Minutes there are for a direction, on a machine of the usual speed; 0: not counted.
        epochs: Passes over the text, where minutes are not counted; 0: not known.
    """
    if words < FEW_WORDS or 0 < minutes <= FEW_MINUTES:
        return "tiny"
    if words >= MANY_WORDS and (not minutes or minutes >= SOME_MINUTES):
        return "medium"
    if words >= SOME_WORDS and minutes >= MANY_MINUTES:
        return "wide"
    epochs = epochs or minutes * WORDS_A_MINUTE / words
    return "brief" if 0 < epochs < FEW_EPOCHS else "small"
