"""Thin ipywidgets views over practice, design and cases; what they show is computed elsewhere."""
