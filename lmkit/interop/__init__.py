"""Exchange with other programs: formats that those read, and programs that ask a model."""
