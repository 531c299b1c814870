"""A replayed interview as a dialogue, with what the interviewer thinks at each turn."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from mlsd_kit.practice.grading.export import typed
from mlsd_kit.practice.interview.transcript import Replayed, Turn
from mlsd_kit.practice.record.clock import STAGES, title

GOOD_QUESTION = "A question that narrows the problem."
NO_FACT = "I cannot tell what is asked for, or it is nothing that I know."
HEARD = {"reasoned": "with a reason", "named": "named, the reason is missing", "unclear": "perhaps"}


@dataclass(frozen=True)
class Spoken:
    """One turn of a dialogue."""

    at: str
    candidate: str
    interviewer: str
    thinks: str


def dialogue(replayed: Replayed) -> Iterator[Spoken]:
    """The turns of a replayed interview, with what the interviewer thinks of each."""
    expects: dict[tuple[str, str], str] = {
        (stage, item.id): item.expects
        for stage, rubric in replayed.interview.case.spec.rubric.items()
        for item in rubric
    }
    known: dict[tuple[str, str], str] = {}
    stage = "requirements"
    for turn, reply in zip(replayed.transcript.turns, replayed.replies, strict=True):
        thinks = []
        if turn.stage is not None:
            stage = _stage_after(turn.stage, stage)
        elif reply.estimate:
            thinks = [f"{reply.estimate.kind}, worth {reply.estimate.score:.1f}"]
            thinks += reply.estimate.steps
        elif reply.proposal:
            findings = zip(reply.proposal.findings, reply.proposal.places, strict=True)
            rules = [f"{found.rule.replace('_', ' ')} ({place})" for found, place in findings]
            thinks = [f"It breaks: {', '.join(rules)}." if rules else "It breaks no rule."]
        elif turn.ask is not None:
            thinks = [GOOD_QUESTION if reply.facts else NO_FACT]
        for earned in reply.earned:
            if known.get((stage, earned.item)) != earned.how:
                known[stage, earned.item] = earned.how
                thinks.append(f"{expects[stage, earned.item]}: {HEARD[earned.how]}.")
        if reply.probe:
            thinks.append(f"I listen for: {reply.probe.listen_for}")
        yield Spoken(turn.at, _said(turn), reply.text, " ".join(thinks))


def dialogue_markdown(replayed: Replayed) -> str:
    """The dialogue as Markdown; what was typed is shown as text."""
    transcript = replayed.transcript
    lines = [
        f"**{replayed.interview.case.title}**, {transcript.level}, {transcript.minutes:g} minutes. "
        f"{transcript.about}".strip(),
        "",
    ]
    for spoken in dialogue(replayed):
        lines += [f"**{spoken.at} Candidate:** {typed(spoken.candidate)}", ""]
        if spoken.interviewer:
            lines += [f"**Interviewer:** {typed(spoken.interviewer)}", ""]
        if spoken.thinks:
            lines += [f"> *thinks:* {typed(spoken.thinks)}", ""]
    return "\n".join(lines)


def _stage_after(wanted: str, stage: str) -> str:
    following = STAGES[min(STAGES.index(stage) + 1, len(STAGES) - 1)]
    return following if wanted == "next" else wanted if wanted in STAGES else stage


def _said(turn: Turn) -> str:
    if turn.estimate is not None:
        return f"{turn.estimate.replace('_', ' ')}: {turn.value}"
    if turn.stage is not None:
        return f"(goes to {title(turn.stage) if turn.stage != 'next' else 'the next stage'})"
    if turn.propose is not None:
        return f"(draws) {turn.propose}"
    if turn.note is not None:
        return f"(notes) {turn.note}"
    if turn.assess is not None:
        return f"(judges) {turn.assess}: {turn.grade}"
    if turn.dig or turn.finish:
        return "(asks for a deep dive)" if turn.dig else "(ends)"
    return turn.ask or turn.say or turn.hear or ""
