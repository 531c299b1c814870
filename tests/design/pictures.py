"""Designs to draw, and what must hold for every picture of one."""

import itertools
import xml.etree.ElementTree as ET

from mlsd_kit.design.drawing.layout import Rect

SVG = "{http://www.w3.org/2000/svg}"

LARGE = """
title: A large marketplace with a search, a feed and a fraud check
requirement: {rate: 12000 requests/s, latency: 250 ms, availability: 0.9995, budget: $900/h}
components:
  phone: {kind: client, concurrency: unlimited}
  edge: {kind: network, service: 5 ms, concurrency: unlimited}
  balancer: {kind: load_balancer, service: 0.1 ms, concurrency: 64, replicas: 3, price: $0.1/h}
  gateway: {kind: gateway, service: 0.5 ms, concurrency: 16, replicas: 4, price: $0.2/h}
  fraud_rules: {kind: rules, service: 1 ms, concurrency: 32, replicas: 2, price: $0.2/h}
  orchestrator: {kind: service, service: 2 ms, concurrency: 32, replicas: 4, price: $0.4/h}
  page_cache: {kind: cache, service: 0.2 ms, concurrency: 64, hit_rate: 0.4, price: $0.3/h}
  profile_cache: {kind: cache, service: 0.2 ms, concurrency: 64, hit_rate: 0.8, price: $0.3/h}
  profile_store: {kind: feature_store, service: 3 ms, concurrency: 16, shards: 8, replicas: 3}
  text_index: {kind: retrieval_index, service: 9 ms, shards: 12, concurrency: 8, replicas: 3}
  vector_index: {kind: retrieval_index, service: 12 ms, shards: 4, concurrency: 8, replicas: 6}
  trending_items_of_the_last_hour: {kind: database, service: 1 ms, concurrency: 32}
  friends: {kind: service, service: 4 ms, concurrency: 16, replicas: 3}
  light_ranker: {kind: ranker, service: {mean: 1 ms, per_candidate: 2 µs}, replicas: 40}
  ranker: {kind: ranker, service: {mean: 2 ms, per_candidate: 30 µs}, replicas: 300, price: $0.9/h}
  diversity: {kind: rules, service: 1 ms, concurrency: 16}
  switch: {kind: experiment, service: 0.1 ms, concurrency: 100, watches: [sessions]}
  shown: {kind: stream, service: 0.1 ms, concurrency: 100}
  clicks: {kind: queue, service: 0.1 ms, concurrency: 100, queue: 10000}
  history: {kind: warehouse, retention: 90 days}
  features: {kind: batch_job, price: $4/h}
  trainer: {kind: trainer, price: $9/h}
  registry: {kind: model_registry, promotes_after: [holdout, parity, canary]}
  alarms: {kind: monitor, watches: [latency, sessions], alerts: the team on call}
  checks: {kind: human_review}
flows:
  search:
    share: 0.7
    candidates: 5000000
    steps:
      - {call: phone}
      - {call: edge}
      - {call: balancer}
      - {call: gateway, timeout: 400 ms}
      - {call: fraud_rules, share: 0.2, timeout: 5 ms, fallback: let it pass}
      - call: page_cache
        on_miss:
          - {call: orchestrator}
          - keeps: 4000
            parallel:
              - - call: profile_cache
                  timeout: 4 ms
                  on_miss: [{call: profile_store, timeout: 20 ms, retries: 2, jitter: true}]
              - [{call: text_index, ask: all, keeps: 3000, timeout: 60 ms}]
              - [{call: vector_index, ask: all, keeps: 1000, fallback: what text search found}]
              - [{call: trending_items_of_the_last_hour, keeps: 100}]
              - [{call: friends, keeps: 50}]
          - {call: light_ranker, keeps: 500}
          - {call: profile_store, name: item_features, timeout: 20 ms, fallback: average values}
          - {call: ranker, keeps: 50, timeout: 120 ms, retries: 1, backoff: 5 ms}
          - {call: diversity, keeps: 20}
      - {call: switch}
      - {send: shown, carries: 4 kB}
  feed:
    share: 0.3
    candidates: 800
    steps:
      - {call: phone}
      - {call: balancer}
      - {call: profile_store, name: followed}
      - {call: ranker, keeps: 100}
      - {send: shown}
      - {send: clicks}
  nightly:
    kind: batch
    every: 1 day
    steps:
      - {call: shown, name: read}
      - {send: history}
      - {call: features, takes: 2 h}
      - {send: profile_store, name: refresh}
  training:
    kind: training
    every: 7 days
    waits_for_labels: 3 days
    steps: [{call: history, name: rows}, {call: trainer, takes: 5 h}, {call: registry},
            {call: checks}, {send: ranker, name: new_model}]
"""

FUNNEL = """
title: A funnel
requirement: {rate: 1000 requests/s, latency: 80 ms}
components:
  app: {kind: client, concurrency: unlimited}
  cache: {kind: cache, service: 1 ms, hit_rate: 0.9, concurrency: 8}
  store: {kind: feature_store, service: 5 ms, concurrency: 8}
  index: {kind: retrieval_index, service: 2 ms, shards: 6, replicas: 2, concurrency: 4}
  ranker: {kind: ranker, service: 4 ms, replicas: 8, does: "scores <b>ads</b> & more"}
  events: {kind: stream}
flows:
  request:
    candidates: 50000
    steps:
      - {call: app}
      - keeps: 2000
        parallel:
          - [{call: cache, on_miss: [{call: store}]}]
          - [{call: index, ask: all, keeps: 2000, timeout: 30 ms, retries: 1}]
      - {call: ranker, keeps: 20, timeout: 50 ms, fallback: "<script>alert(1)</script>"}
      - {send: events}
"""


def words(picture):
    root = ET.fromstring(picture.svg)
    return [element.text for element in root.iter(f"{SVG}text") if element.text is not None] + [
        element[0].tail for element in root.iter(f"{SVG}text") if len(element)
    ]


def assert_nothing_overlaps(sketch):
    """No box on a box, no text on a text, a chip or a box that it does not belong to."""
    named = [(f"box {box.name}", box.rect, box.name) for box in sketch.boxes]
    named += [(f"{t.text} in {b.name}", t.rect, b.name) for b in sketch.boxes for t in b.texts]
    named += [(f"bar in {b.name}", b.bar.rect, b.name) for b in sketch.boxes if b.bar]
    named += [(chip.text.text, chip.rect, None) for chip in sketch.chips]
    named += [(text.text, text.rect, None) for text in sketch.texts]
    named += [(band.label.text, band.label.rect, None) for band in sketch.bands]
    for (first, a, owner), (second, b, other) in itertools.combinations(named, 2):
        inside = owner is not None and owner == other
        if not (inside and (first.startswith("box ") or second.startswith("box "))):
            assert not a.overlaps(b), f"{first!r} lies over {second!r}"
    whole = Rect(0, 0, sketch.width, sketch.height)
    for name, rect, _ in named:
        assert rect.x >= 0, name
        assert rect.right <= whole.right, name
        assert rect.bottom <= whole.bottom, name
    for box in sketch.boxes:
        for text in box.texts:
            assert text.rect.right <= box.rect.right, text.text


def assert_lines_keep_out_of_boxes(sketch):
    for path, box in itertools.product(sketch.paths, sketch.boxes):
        inside = Rect(box.rect.x + 1, box.rect.y + 1, box.rect.width - 2, box.rect.height - 2)
        for (x1, y1), (x2, y2) in itertools.pairwise(path.points):
            assert x1 == x2 or y1 == y2
            part = Rect(min(x1, x2), min(y1, y2), abs(x1 - x2) + 0.1, abs(y1 - y2) + 0.1)
            assert not part.overlaps(inside), box.name
