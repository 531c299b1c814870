"""The exercises of the lesson on data."""
