"""What a component is for, and where data flow: P1."""

from __future__ import annotations

import itertools
from collections import deque
from typing import TYPE_CHECKING

from mlsd_kit.practice.exercises import exercise
from mlsd_kit.practice.values import Values
from mlsd_kit.practice.verdicts import Judge

if TYPE_CHECKING:
    from mlsd_kit.design import Design

LEFT_IN = ("stream", "log", "queue")


def _neighbours(design: Design) -> dict[str, list[str]]:
    """Component → those that data go to from it, in batch and training flows."""
    goes: dict[str, list[str]] = {}
    for flow in design.flows.values():
        names = [step.component for step in flow.steps if step.component]
        if flow.kind != "request":
            for here, there in itertools.pairwise(names):
                goes.setdefault(here, []).append(there)
    return goes


def _loop(design: Design) -> list[str]:
    """The shortest way from where a request's trace is left, by the registry, to what serves."""
    goes = _neighbours(design)
    kinds = {name: part.kind for name, part in design.components.items()}
    left = [
        step.send
        for flow in design.flows.values()
        if flow.kind == "request"
        for step in flow.steps
        if step.send and kinds[step.send] in LEFT_IN
    ]
    waiting = deque([name] for name in dict.fromkeys(left))
    while waiting:
        way = waiting.popleft()
        if len(way) > 1 and kinds[way[-2]] == "model_registry":
            return way
        waiting += [[*way, name] for name in goes.get(way[-1], []) if name not in way]
    raise ValueError(f"{design.title}: no way leads from a request's trace to a new model")


@exercise(
    "P1.loop",
    hints=[
        "Begin with what the request flow *sends* to, and look for the flow that reads it.",
        "One flow carries the trace to the warehouse, another reads the warehouse and trains.",
        "Join the two at the warehouse; stop one step after the registry.",
    ],
    also=["P15"],
)
def loop(design: Design) -> Judge:
    """The components that a trace passes until it has changed the model, in order."""
    right = _loop(design)
    registry = next(i for i, n in enumerate(right) if design.components[n].kind == "model_registry")
    checks = [n for n in right if design.components[n].kind == "batch_job"]
    return Values(
        right,
        causes={
            "The model is not trained on the stream itself: the warehouse holds the days that "
            "training reads.": [n for n in right if design.components[n].kind != "warehouse"],
            "It ends with the registry: a model that lies there has changed nothing yet. Which "
            "component gets it?": right[: registry + 1],
            "It goes from the trainer straight into service, past the registry: then nothing "
            "says what serves, and nothing leads back.": right[:registry] + right[registry + 1 :],
            "What the trainer learns from is not checked: a batch job stands before it.": [
                n for n in right if n not in checks
            ],
            "That is the way backwards: begin where the request leaves its trace.": right[::-1],
        },
    )
