"""Promote: turn the registry's pointer to the candidate."""

from __future__ import annotations

from mlsd_kit.pipeline.steps.contract import Work


def promote(work: Work) -> None:
    """Let the candidate serve instead of the model that it was compared with."""
    version = work.said("bundle")["version"]
    instead_of = work.said("evaluate")["champion"]
    reasons = [*work.said("gate")["reasons"], f"shadow on {work.said('shadow')['rows']:,} rows"]
    work.registry.promote(
        version,
        instead_of=instead_of,
        candidate=work.inputs["train"].digest,
        reasons=reasons,
    )
    work.report(reasons=reasons, version=version, instead_of=instead_of)
