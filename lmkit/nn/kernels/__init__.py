"""Hand-written backward passes and fused loops of the recurrent cells."""
