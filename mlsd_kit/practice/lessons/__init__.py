"""The exercises of each lesson, found by scanning: a module for each stage."""
