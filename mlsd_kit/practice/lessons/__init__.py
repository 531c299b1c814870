"""The exercises of each lesson, found by scanning: a package for each stage."""
