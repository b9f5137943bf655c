"""What a person sees in a terminal. Only here are rich and prompt_toolkit used."""
