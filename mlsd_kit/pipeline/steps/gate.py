"""Gate: may the candidate go on? A decision with its reasons."""

from __future__ import annotations

from typing import Any, NamedTuple

from mlsd_kit.pipeline.settings import Gate
from mlsd_kit.pipeline.steps.contract import Work


class Check(NamedTuple):
    """One thing that was asked of the candidate."""

    name: str
    passes: bool
    says: str


def gate(work: Work) -> None:
    """Hold what was found against the limits; all reasons are told, not only the first."""
    checks = gate_checks(work.said("evaluate"), work.settings.gate)
    failed = [check.says for check in checks if not check.passes]
    reasons = failed or [check.says for check in checks]
    work.report(not failed, reasons, checks=[check._asdict() for check in checks])


def gate_checks(found: dict[str, Any], limit: Gate) -> list[Check]:
    """Check quality, calibration, groups and budget.

    Args:
        found: the report of the evaluation.
        limit: of each.
    """
    return [
        _quality(found, limit.margin),
        _calibration(found["calibration"], limit.calibration),
        _groups(found["groups"], limit.group_margin),
        _budget("size", found["size_mb"], limit.size_mb, "MB"),
        _budget("latency", found["latency_ms"], limit.latency_ms, "ms"),
    ]


def _quality(found: dict[str, Any], margin: float) -> Check:
    estimate, low, high = (100 * d / found["log_loss"]["champion"] for d in found["difference"])
    against = "the serving model's" if found["champion"] else "the base rate's"
    says = (
        f"log loss {estimate:+.2f} % against {against} ({low:+.2f} to {high:+.2f}; the upper end "
        f"at most {100 * margin:+.2f})"
    )
    return Check("quality", high <= 100 * margin, says)


def _calibration(found: dict[str, list[float]], limit: float) -> Check:
    ratio, low, high = found["candidate"]
    serving = found["champion"][0]
    allowed = max(limit, serving, 1 / serving)
    says = (
        f"{ratio:.2f} expected for each observed event ({low:.2f} to {high:.2f}; within "
        f"{1 / allowed:.2f} to {allowed:.2f})"
    )
    return Check("calibration", low <= allowed and high >= 1 / allowed, says)


def _groups(found: dict[str, Any], margin: float) -> Check:
    surely = {
        name: 100 * group["difference"][1] / group["champion"]
        for name, group in found["compared"].items()
    }
    hurt = {name: worse for name, worse in surely.items() if worse > 100 * margin}
    if not hurt:
        return Check("groups", True, f"no {found['by'] or 'group'} of {len(surely)} surely hurt")
    name = max(hurt, key=lambda group: hurt[group])
    says = (
        f"{found['by']} {name!r}: log loss at least {hurt[name]:+.2f} % (at most {100 * margin:g})"
    )
    return Check("groups", False, says)


def _budget(name: str, value: float, limit: float, unit: str) -> Check:
    over = "within" if value <= limit else "over"
    return Check(name, value <= limit, f"{name} {over} the budget of {limit:g} {unit}")
