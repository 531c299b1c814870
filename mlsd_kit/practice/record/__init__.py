"""The record of an interview: events that are only appended, and what follows from them."""
