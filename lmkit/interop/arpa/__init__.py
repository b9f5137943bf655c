"""Export of the n-gram of a model folder as a back-off model in the ARPA format."""
