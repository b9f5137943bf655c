"""What every layer may use: errors, names, files, chance and the machine."""
