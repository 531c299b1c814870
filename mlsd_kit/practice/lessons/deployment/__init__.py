"""Exercises of lesson 5, deployment."""
