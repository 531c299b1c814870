"""Tests run side by side, one process a core, so each keeps to one thread."""

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")
