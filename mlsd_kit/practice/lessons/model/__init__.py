"""The exercises of the lesson on models."""
