"""Flashcards made of what the project knows, and when each of them comes again."""
