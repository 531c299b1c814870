"""What the interviewer says to a question: the facts, or why they are not told."""

from __future__ import annotations

import zlib
from collections.abc import Sequence

from mlsd_kit.practice.questions.match import Askable, Match
from mlsd_kit.practice.questions.vocabulary import plain

_REPLIES = {
    "greeting": (
        "Go on, whenever you are ready.",
        "Good. What would you like to know next, or shall we go on with the design?",
    ),
    "statement": (
        "I take that as your design. What do you want to know from me?",
        "Noted. If you need a fact from me for that, ask for it.",
        "What makes you say so, and what would you need to know to be sure?",
    ),
    "solution": (
        "That is what I would like to hear from you. What would you choose, and why?",
        "That decision is yours. What does it depend on?",
        "What are the options, and what speaks for each?",
    ),
    "off topic": (
        "I have nothing to say about that. What would you assume, and why?",
        "How would that change your design? If it would, assume something and say what.",
        "That I do not know. Make an assumption and go on.",
    ),
    "vague": (
        "Can you be more specific: which figure or which property do you need?",
        "That is a wide field. What exactly would change your design?",
        "Which part of it do you want to know?",
    ),
    "unclear": (
        "I am not sure what you are after. Can you say it in other words?",
        "Can you be more specific: what would you do with the answer?",
        "I am not sure that I understand. Ask for one thing, such as a number or a rule.",
    ),
    "empty": ("What is your question?",),
}
_OTHERS = "off topic"


def reply(question: str, match: Match, facts: Sequence[Askable]) -> str:
    """What the interviewer says; the same to the same question.

    >>> reply("Hello!", Match("unrelated", why="empty"), [])
    'What is your question?'
    """
    if match.facts:
        answers = {fact.id: fact.answer for fact in facts}
        told = [answers[id] for id in match.facts]
        return " ".join([*told, match.note]).strip()
    choices = _REPLIES.get(match.why, _REPLIES[_OTHERS])
    said = choices[zlib.crc32(plain(question).encode()) % len(choices)]
    return f"{said} {match.note}".strip()
