import pytest

from mlsd_kit.cases import discover, load_case
from mlsd_kit.cases.schema import Fact
from mlsd_kit.errors import UserError
from mlsd_kit.requirements import Checklist
from mlsd_kit.requirements.checklist import words

FACTS = [
    Fact(id="goal", ask=["what are we optimising"], answer="Clicks.", items=["R1"]),
    Fact(id="traffic", ask=["how many requests per second"], answer="4,000.", items=["R6", "R4"]),
]


@pytest.mark.parametrize("slug", discover())
def test_every_known_phrasing_finds_its_fact(slug):
    facts = load_case(slug).spec.facts
    checklist = Checklist(facts)
    phrasings = [(fact.id, text) for fact in facts for text in fact.ask if words(text)]
    right = [(match := checklist.match(f"{text}?")) and match.id == id for id, text in phrasings]
    assert sum(map(bool, right)) >= 0.95 * len(phrasings)


@pytest.mark.parametrize(
    ("question", "fact"),
    [
        ("What is the objective?", "goal"),
        ("What is the load?", "traffic"),
        ("How many QPS?", "traffic"),
        ("Is the office nice?", None),
        ("", None),
    ],
)
def test_other_words_for_the_same(question, fact):
    match = Checklist(FACTS).match(question)
    assert (match and match.id) == fact


def test_what_is_asked_and_what_is_left_by_item():
    checklist = Checklist(FACTS)
    coverage = checklist.coverage(["What are we optimising?"])
    assert coverage["asked"].to_dict() == {"R1": 1, "R4": 0, "R6": 0}
    assert coverage.loc["R6", "still to ask"] == "how many requests per second"
    assert [fact.id for fact in checklist.missed(["How many requests?"])] == ["goal"]
    answers = checklist.answers(["What are we optimising?", "Blue?"])
    assert answers["answer"].tolist() == ["Clicks.", "(not recognised)"]
    assert checklist.answers([]).empty


def test_a_checklist_of_nothing_is_refused():
    with pytest.raises(UserError, match="facts"):
        Checklist([])
