"""Grading an interview: estimates, evidence in what was said, the scorecard."""
