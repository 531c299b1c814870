"""What the judge left open, for the candidate's own judgement beside model answers."""

from __future__ import annotations

import traitlets

from mlsd_kit.practice.desk.part import Part, script, shown
from mlsd_kit.practice.grading.scorecard import Scorecard
from mlsd_kit.practice.interview.engine import GRADES
from mlsd_kit.practice.record.clock import STAGES, title
from mlsd_kit.practice.record.state import State

INTRO = (
    "What is below was not heard, or not clearly. Read your answer beside two model answers and "
    "say of each item whether you met it; what you leave open counts as it was heard."
)
NOTHING_SAID = "You gave no answer at this stage."


class Assessment(Part):
    """Sends ``{"do": "assess", "item": "stage.item", "grade": …}`` at each choice."""

    _esm = script("assessment")
    intro = traitlets.Unicode(INTRO).tag(sync=True)
    grades = traitlets.List(traitlets.Unicode(), default_value=list(GRADES)).tag(sync=True)
    groups = traitlets.List(traitlets.Dict()).tag(sync=True)
    """Of each stage with open items its title, the items, model answers, and what was said."""

    def show(self, card: Scorecard, state: State) -> None:
        """Show what a scorecard leaves open."""
        self.groups = [
            {
                "title": title(stage).capitalize(),
                "said": shown("\n\n".join(state.said.get(stage, [])) or NOTHING_SAID),
                "answers": _answers(card, stage),
                "items": [
                    {
                        "id": f"{stage}.{item.id}",
                        "expects": item.expects,
                        "sentence": shown(item.sentence),
                        "own": item.own,
                    }
                    for item in card.open
                    if item.stage == stage
                ],
            }
            for stage in STAGES
            if any(item.stage == stage for item in card.open)
        ]


def _answers(card: Scorecard, stage: str) -> list[list[str]]:
    """Pairs of a level and a model answer."""
    if stage not in card.model_answers:
        return []
    return [list(pair) for pair in zip(("senior", "staff"), card.model_answers[stage], strict=True)]
