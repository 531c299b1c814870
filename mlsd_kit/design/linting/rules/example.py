"""The design that the rules' bad and good examples change: small, complete, and clean."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from mlsd_kit.design.design import Design

_YAML = """
title: A ranking service
requirement:
  rate: 1000 requests/s
  latency: 150 ms
  availability: 99.9 %
  freshness: 1 h
  labels_after: 6 h
  budget: $20/h
  guards: [complaints]
  personal_data: [user_id]
  feedback: true
  growth: 1.5
components:
  app: {kind: client, concurrency: unlimited}
  balancer:
    {kind: load_balancer, service: {mean: 0.2 ms, shape: constant}, concurrency: 8,
     replicas: 2, zones: 2, price: $0.03/h}
  api:
    {kind: service, service: {mean: 1 ms, shape: gamma, cv: 0.5}, concurrency: 4,
     replicas: 3, zones: 3, price: $0.10/h}
  recent:
    {kind: cache, service: {mean: 0.3 ms, shape: gamma, cv: 0.5}, concurrency: 2,
     replicas: 3, zones: 3, hit_rate: 80 %, lives: 5 min, price: $0.10/h}
  features:
    {kind: feature_store, service: {mean: 2 ms, shape: gamma, cv: 0.5}, concurrency: 2,
     replicas: 3, zones: 3, price: $0.20/h}
  index:
    {kind: retrieval_index, service: {mean: 3 ms, shape: gamma, cv: 0.5}, concurrency: 4,
     shards: 4, replicas: 3, zones: 3, price: $0.25/h}
  ranker:
    {kind: ranker, service: {mean: 1 ms, per_candidate: 25 µs, shape: gamma, cv: 0.3},
     concurrency: 4, replicas: 6, zones: 3, explores: 2 %, price: $0.40/h}
  served:
    {kind: log, concurrency: unlimited, stores: [features, predictions, user_id],
     pseudonymous: true, retention: 30 days, price: $0.10/h}
  history: {kind: warehouse, point_in_time: true, retention: 90 days, price: $0.10/h}
  compute: {kind: batch_job, price: $0.10/h}
  trainer: {kind: trainer, price: $1/h}
  registry:
    kind: model_registry
    price: $0.01/h
    promotes_after:
      [holdout, parity, feature_tests, data_validation, fairness, canary, ab_test, rollback]
  watch: {kind: monitor, watches: [input drift, complaints], alerts: ranking on call}
  trial: {kind: experiment, watches: [complaints]}
flows:
  request:
    candidates: 100000
    steps:
      - {call: app}
      - {call: balancer, timeout: 100 ms}
      - {call: api, timeout: 20 ms}
      - call: recent
        timeout: 5 ms
        on_miss: [{call: features, timeout: 20 ms, fallback: averages}]
      - {call: index, ask: all, keeps: 200, timeout: 30 ms}
      - {call: ranker, keeps: 10, timeout: 40 ms, retries: 1, backoff: 5 ms, jitter: true}
      - {send: served}
  refresh:
    kind: batch
    every: 20 min
    steps: [{call: served}, {call: history}, {call: compute, takes: 10 min}, {send: features}]
  training:
    kind: training
    every: 12 h
    waits_for_labels: 6 h
    steps: [{call: history}, {call: trainer, takes: 2 h}, {send: registry}]
"""


@cache
def _example() -> Design:
    return Design.from_yaml(_YAML, "example")


def example(changes: Mapping[str, Any] | None = None) -> Design:
    """Give the example design, with some values changed.

    Raises:
        UserError: as `Design.change`.
    """
    return _example().change(changes or {})
