"""Shadow: both models as services, on the same recent traffic; only the serving one counts."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import numpy as np
import pandas as pd

from mlsd_kit.deployment import Bundle, ModelServer, parity, serving_features
from mlsd_kit.evaluation import cost_threshold
from mlsd_kit.pipeline.steps.contract import Work


def shadow(work: Work) -> None:
    """Send the newest rows to both services, and compare their answers."""
    limit, registry = work.settings.shadow, work.registry
    newest = work.newest()
    recent = newest.rows(np.arange(max(len(newest) - limit.rows, 0), len(newest)))
    rows = serving_features(recent)
    challenger = registry.bundle(work.said("bundle")["version"])
    champion = work.said("evaluate")["champion"]
    bundles = [challenger] + ([registry.bundle(champion)] if champion else [])
    ready, answers = answers_of(bundles, rows, limit.batch)
    agreement = parity(challenger.model().predict(rows), answers[0], limit.tolerance)
    threshold = cost_threshold(newest.cost_false, newest.cost_missed)
    changed = float(np.mean((answers[0] >= threshold) != (answers[-1] >= threshold)))
    reasons = []
    if not ready[0].get("passes"):
        reasons.append(f"the challenger's service is not ready: {ready[0].get('reason', '')}")
    if not agreement.passes:
        reasons.append(
            f"the service differs from the model in process by up to {agreement.max_abs_diff:.2g}"
        )
    if changed > limit.changed:
        reasons.append(f"{changed:.1%} of the decisions change (at most {limit.changed:.0%})")
    work.report(
        not reasons,
        reasons,
        rows=len(rows),
        threshold=threshold,
        changed=changed,
        mean_abs_diff=float(np.abs(answers[0] - answers[-1]).mean()),
        mean={"challenger": float(answers[0].mean()), "champion": float(answers[-1].mean())},
    )


def answers_of(
    bundles: list[Bundle], rows: pd.DataFrame, batch: int
) -> tuple[list[dict[str, object]], list[np.ndarray]]:
    """What services of their own say of themselves, and of the rows.

    Args:
        bundles: a service is started for each, and ended.
        rows: features, shape (n, F).
        batch: rows in a request.

    Returns:
        For each service what it says of its readiness, and its predictions, shape (n,).
    """
    with ExitStack() as services:
        servers = [ModelServer(bundle) for bundle in bundles]
        for server in servers:
            services.callback(server.stop)
        with ThreadPoolExecutor() as at_once:
            list(at_once.map(ModelServer.start, servers))
        ready = [server.get("/ready") for server in servers]
        parts: list[list[np.ndarray]] = [[] for _ in servers]
        for start in range(0, len(rows), batch):
            for answers, server in zip(parts, servers, strict=True):
                answers.append(server.predict(rows.iloc[start : start + batch]))
    return ready, [np.concatenate(answers) for answers in parts]
