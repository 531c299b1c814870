"""A design as a picture."""
