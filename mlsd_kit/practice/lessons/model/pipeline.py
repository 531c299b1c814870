"""What stands inside the pipeline: M4."""

from __future__ import annotations

from mlsd_kit.practice.choices import All, Choice, Chosen
from mlsd_kit.practice.exercises import exercise
from mlsd_kit.practice.verdicts import Judge


@exercise(
    "M4.unused",
    hints=[
        "Follow each column of the table along the arrows.",
        "Compare the columns in the grey boxes with those of the table.",
    ],
)
def unused_columns(columns: list[str], used: list[str]) -> Judge:
    """Which columns of the table never reach the model?"""
    right = {name: "" for name in columns if name not in used}
    return Chosen(right, dict.fromkeys(used, "an arrow leads from it to the model."))


@exercise(
    "M4.inside",
    hints=[
        "What would the encoder know of the test rows if it saw them?",
        "Whatever learns from rows belongs where only training rows come by.",
    ],
    also=["M5"],
)
def inside() -> Judge:
    """Where is an encoder to be fitted that turns ids to rates, and why?"""
    where = Choice(
        "in the pipeline",
        {
            "before the split": "It would see the labels of the test rows: the leak just shown.",
            "on the test rows too, separately": "Rates of the test rows are made of the labels "
            "that are to be predicted; at serving there are none.",
            "by hand, after the split": "It can be right today, but cross-validation, search and "
            "the exported model each have to repeat it by hand, and one will forget.",
        },
        "Whatever fits the pipeline then fits the encoder on the same rows, and only on those.",
    )
    why = Chosen(
        {
            "it learns from labels": "",
            "cross-validation refits it for each fold": "",
            "what is exported is what was scored": "",
        },
        {
            "pipelines are faster": "They do the same work; speed is not the reason.",
            "trees need scaled rates": "Trees do not care for the scale of a column.",
        },
    )
    return All({"where": where, "why": why})
