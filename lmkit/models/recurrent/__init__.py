"""The recurrent language model: training, fast single steps, 8-bit weights."""
