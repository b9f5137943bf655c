"""Exchange with other programs: models written in the formats that those read."""
