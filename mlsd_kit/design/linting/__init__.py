"""A design criticised by rules that give their reasons."""
