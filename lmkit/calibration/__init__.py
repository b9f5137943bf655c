"""Settings fitted after training, on validation text: temperature, adapters, mixing weights."""
