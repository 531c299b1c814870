import numpy as np
import pandas as pd
import pytest

from mlsd_kit.errors import UserError
from mlsd_kit.requirements import Goal, Guard, judge


@pytest.fixture
def designs():
    return pd.DataFrame(
        {
            "ctr": [15.0, 18.0, 16.0, 14.0],
            "low_quality": [0.05, 0.12, 0.05, 0.01],
            "effective_advertisers": [100.0, 60.0, 80.0, 120.0],
            "calibration": [1.0, 1.01, 1.02, 1.2],
        },
        index=["present", "greedy", "balanced", "safe"],
    )


GOAL = Goal("clicks", "ctr", "maximise", target=16)
GUARDS = [
    Guard("ad quality", "low_quality", at_most=1.0, relative_to="present"),
    Guard("diversity", "effective_advertisers", at_least=0.8, relative_to="present"),
    Guard("calibration", "calibration", at_least=0.98, at_most=1.02),
]


def test_a_design_that_wins_the_goal_and_loses_guards_does_not_win(designs):
    table = judge(GOAL, GUARDS, designs)
    assert table.loc["greedy", "clicks rank"] == 1
    assert table.loc["greedy", "verdict"] == "wins clicks, loses ad quality, diversity"
    assert table.loc["balanced", "verdict"] == "best that keeps every guard"
    assert table.loc["present", "verdict"] == "keeps every guard"
    assert table.loc["safe", "verdict"] == "loses calibration"
    assert list(table.index) == ["balanced", "present", "greedy", "safe"]
    assert table["target reached"].to_dict() == {
        "balanced": True, "present": False, "greedy": True, "safe": False,
    }  # fmt: skip


def test_without_guards_the_best_goal_wins(designs):
    assert judge(GOAL, [], designs).index[0] == "greedy"
    smallest = judge(Goal("harm", "low_quality", "minimise", target=0.02), [], designs)
    assert smallest.index[0] == "safe"
    assert smallest["target reached"].sum() == 1


def test_an_unmeasured_guard_is_lost(designs):
    designs.loc["balanced", "calibration"] = np.nan
    table = judge(GOAL, GUARDS, designs)
    assert table.loc["balanced", "verdict"] == "loses calibration"


def test_no_design_keeps_every_guard(designs):
    table = judge(GOAL, [Guard("none", "calibration", at_most=0.5)], designs)
    assert not table["verdict"].str.contains("keeps").any()


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (lambda d: judge(Goal("clicks", "crt"), [], d), "did you mean 'ctr'"),
        (
            lambda d: judge(GOAL, [Guard("q", "low_quality", at_most=1, relative_to="presnt")], d),
            "no design 'presnt'; did you mean 'present'",
        ),
        (lambda d: Guard("q", "low_quality"), "needs a limit"),
        (lambda d: Goal("c", "ctr", "up"), "'maximise' or 'minimise'"),
        (lambda d: judge(GOAL, [], pd.concat([d, d])), "name of its own"),
    ],
)
def test_mistakes_are_one_line(designs, wrong, said):
    with pytest.raises(UserError, match=said) as caught:
        wrong(designs)
    assert "\n" not in str(caught.value)
