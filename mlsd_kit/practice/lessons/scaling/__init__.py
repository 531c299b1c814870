"""Exercises of lesson 6, scaling."""
