"""The language model evaluation harness (`lm_eval`) over model folders."""
