"""Export of a model folder as ONNX graphs."""
