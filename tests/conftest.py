"""Tests run side by side, one process a core, so each keeps to one thread and may take its time."""

import os

from hypothesis import settings

os.environ.setdefault("OMP_NUM_THREADS", "1")
settings.register_profile("side by side", deadline=None)
settings.load_profile("side by side")
