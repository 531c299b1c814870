"""Where in a design a finding is, as a person would say it."""

from __future__ import annotations

from mlsd_kit.design import Design
from mlsd_kit.design.schema import NOT_LABELS, walk

REQUIREMENT = "requirement"


def places(where: str, design: Design) -> tuple[str, ...]:
    """Names of the place that a finding's path leads to: the component first, then its step.

    Args:
        where: as a `Finding` has it. design: that the finding is about.

    >>> from mlsd_kit.cases import load_case
    >>> design = load_case("fraud_detection").designs()["reference"]
    >>> places("components.gateway.replicas", design)
    ('gateway',)
    >>> places("flows.payment.device_windows.timeout", design)
    ('windows', 'device_windows')
    >>> places("flows.train.every", design), places("requirement.budget", design)
    (('train',), ('requirement',))
    """
    part, _, rest = where.partition(".")
    name, *inside = rest.split(".")
    if part == "components":
        return (name,)
    if part != "flows":
        return (REQUIREMENT,)
    if not inside or inside[0] in NOT_LABELS or name not in design.flows:
        return (name,)
    label = inside[0]
    steps = [step for _, step in walk(design.flows[name].steps)]
    called = next((step.component for step in steps if step.label == label), None)
    return tuple(dict.fromkeys([called or label, label]))


def spoken_place(where: str, design: Design) -> str:
    """The place in words: ``windows`` or ``device_windows (windows)``."""
    component, *label = places(where, design)
    return f"{label[0]} ({component})" if label else component
