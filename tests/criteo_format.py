"""Files in the true format of Criteo's display advertising challenge."""

import numpy as np


def criteo_lines(rows=500, seed=0):
    """Lines in the true format: missing and negative integers, 32-bit hashes, empty fields."""
    rng = np.random.default_rng(seed)
    lines = []
    for _ in range(rows):
        integers = [
            "" if rng.random() < 0.2 else str(int(rng.integers(-3, 10 ** int(rng.integers(1, 9)))))
            for _ in range(13)
        ]
        hashes = ["" if rng.random() < 0.1 else f"{rng.integers(2**32):08x}" for _ in range(26)]
        lines.append("\t".join([str(int(rng.random() < 0.26)), *integers, *hashes]))
    return lines
