"""Understanding a candidate's questions: which fact is asked for, or why none is told."""

from mlsd_kit.practice.questions.embedded import WordMatcher
from mlsd_kit.practice.questions.endpoint import Endpoint, EndpointMatcher
from mlsd_kit.practice.questions.match import Askable, Match, Matcher, Near
from mlsd_kit.practice.questions.replies import reply
from mlsd_kit.practice.questions.sentences import SentenceMatcher

__all__ = [
    "Askable",
    "Endpoint",
    "EndpointMatcher",
    "Match",
    "Matcher",
    "Near",
    "SentenceMatcher",
    "WordMatcher",
    "reply",
]
