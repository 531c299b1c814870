"""A matcher that learns in the background: questions wait for it, and mistakes are not lost."""

import threading

import pytest

from mlsd_kit.errors import UserError
from mlsd_kit.practice.interview.matching import LearningMatcher
from mlsd_kit.practice.questions import Match


class Named:
    def match(self, question):
        return Match("fact", (question,), 1.0)


def test_a_question_waits_until_it_is_learned():
    may_learn, said = threading.Event(), []

    def make():
        may_learn.wait()
        return Named()

    matcher = LearningMatcher(make)
    asking = threading.Thread(target=lambda: said.append(matcher.match("users").facts))
    asking.start()
    assert said == []
    assert not matcher.is_ready()
    may_learn.set()
    asking.join()
    assert said == [("users",)]
    assert matcher.is_ready()
    assert matcher.match("traffic").facts == ("traffic",)


def test_what_fails_in_the_background_is_raised_at_each_question():
    def make():
        raise UserError("nothing to learn from")

    matcher = LearningMatcher(make)
    for _ in range(2):
        with pytest.raises(UserError, match="nothing to learn from"):
            matcher.match("users")
