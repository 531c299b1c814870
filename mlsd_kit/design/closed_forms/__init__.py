"""A design's latency and load at once, by queueing formulas."""
