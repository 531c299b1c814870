"""What the interviewer says: the opening, what follows an answer, and when to move on."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from mlsd_kit.cases import Case
from mlsd_kit.practice.case_files import InterviewContent, Probe
from mlsd_kit.practice.counted import counted
from mlsd_kit.practice.record.clock import STAGES, title
from mlsd_kit.practice.record.state import LEVELS, State

PROBES_A_STAGE = 2
"""Follow-ups at a stage, so that the candidate stays in the lead."""
_GO_ON = (
    "Noted. Go on.",
    "All right. What else matters here?",
    "I follow. What would you do next?",
)
_COVERED = "That covers what I wanted to hear here. Go on when you are ready."


def opening(case: Case, level: str, minutes: float) -> str:
    """The first words: the broad prompt."""
    return (
        f"{case.spec.prompt} We have {minutes:g} minutes, and I am looking for a {level} "
        "engineer's answer. Ask me what you need to know; what you do not ask, I will not tell."
    )


def expected(case: Case, stage: str, level: str) -> list[str]:
    """Ids of the rubric's items that a level is held to at a stage."""
    upto = LEVELS[: LEVELS.index(level) + 1]
    return [item.id for item in case.spec.rubric.get(stage, []) if item.level in upto]  # type: ignore[call-overload]


def next_probe(
    content: InterviewContent,
    state: State,
    earned: Collection[str],
    *,
    deep: bool = False,
) -> Probe | None:
    """The follow-up that fits what was and was not said at the present stage.

    Args:
        content: the case's.
        state: where the interview stands.
        earned: items of the stage's rubric that were shown.
        deep: a deep dive is wanted.
    """
    probes = content.stage(state.stage).probes
    asked = [probe.id for probe in probes if probe.id in state.probed and not probe.deep]
    if not deep and len(asked) >= PROBES_A_STAGE:
        return None
    fitting = [
        probe
        for probe in probes
        if probe.id not in state.probed
        and probe.deep == deep
        and not set(probe.unless) & set(earned)
        and (not probe.after or set(probe.after) & set(earned))
    ]
    return max(fitting, key=lambda probe: bool(probe.after), default=None)


def after_answer(wanted: Sequence[str], earned: Collection[str], answers: int) -> str:
    """What is said where no follow-up fits.

    Args:
        wanted: items of the rubric that the level is held to.
        earned: items that were shown.
        answers: how many answers were given at the stage.
    """
    if wanted and set(wanted) <= set(earned):
        return _COVERED
    return _GO_ON[answers % len(_GO_ON)]


def time_call(state: State, minutes_of_stage: float) -> str:
    """A remark on the clock when a stage's time is over, else nothing."""
    if state.stage == STAGES[-1] or state.stage_left() > 0:
        return ""
    following = title(STAGES[STAGES.index(state.stage) + 1])
    return (
        f"We have used the {counted(round(minutes_of_stage), 'minute')} for {title(state.stage)}; "
        f"shall we go on to {following}?"
    )


def greeting(stage: str) -> str:
    """What is said at the beginning of a stage."""
    said = {
        "requirements": "Let us begin with the requirements. What do you need to know?",
        "data": "Tell me about the data: what you learn from, and how you prepare it.",
        "model": "Which model, and why that one?",
        "evaluation": "How will you know that it is good, before and after it goes live?",
        "deployment": "How does it get to the users, and how do you notice that it is broken?",
        "scaling": "Now make it carry the load. Where does it break first?",
        "wrap_up": "Sum up: what is the weakest point of your design, and what would you do next?",
    }
    return said[stage]
