"""Cards for tests."""

from mlsd_kit.practice.memory.card import Card, Source


def make_card(id, front="What is one and one?", back="Two."):
    return Card(id, front, back, Source("notebooks/02_data.ipynb", cell="c019"), "data", ("D5",))
