"""The short list of a design: all that a flaw can be in, in few lines."""

import pytest

from mlsd_kit.cases import discover, load_case
from mlsd_kit.design import Design
from mlsd_kit.practice.drills import flaw_task
from mlsd_kit.practice.drills.listing import listing


@pytest.mark.parametrize("case", list(discover()))
def test_every_flaw_is_in_the_list(case):
    for number in range(40):
        task = flaw_task(7, number, case)
        assert listing(task.design) != listing(task.reference), task.name


@pytest.mark.parametrize("case", list(discover()))
def test_a_component_and_a_flow_have_a_line_each(case):
    design = load_case(case).designs()["reference"]
    lines = listing(design)
    assert len(lines) == len(design.components) + len(design.flows) + 3
    begun = [line.partition(":")[0].partition(" ")[0] for line in lines if line]
    assert begun == ["requirement", *design.components, *design.flows]


def test_the_words_are_those_of_the_sketch_language():
    design = Design.from_yaml("""
title: One of each
requirement: {rate: 100 requests/s, latency: 50 ms}
components:
  app: {kind: client, does: asks, concurrency: unlimited}
  kept: {kind: cache, service: 1 ms, zones: 1, hit_rate: 0.9, lives: 1 min}
  ranker: {kind: ranker, service: {mean: 4 ms, per_candidate: 1 ms}, replicas: 2, price: $1/h}
  watch: {kind: monitor, owner: us, watches: [input drift, quality]}
flows:
  request:
    candidates: 5
    steps:
      - {call: app}
      - parallel: [[{call: ranker, name: first, timeout: 30 ms}], [{send: watch}]]
      - {call: kept, on_miss: [{call: ranker}]}
  nightly: {kind: batch, every: 1 h, steps: [{send: watch, point_in_time: false}]}
""")
    assert listing(design)[2:] == [
        "app: client, concurrency unlimited",
        "kept: cache, 1 ms, 1 zone, hit_rate 0.9, lives 1 min",
        "ranker: ranker, 4 ms, 1 ms a candidate, 2 replicas, $1/h",
        "watch: monitor, watches input drift + quality",
        "",
        "request (candidates 5): app -> [ranker (name first, timeout 30 ms) | send watch]"
        " -> kept (on a miss: ranker)",
        "nightly (batch, every 1 h): send watch (point_in_time no)",
    ]
