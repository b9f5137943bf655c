"""The presets that come with lmkit, one TOML file each, named by the file."""
