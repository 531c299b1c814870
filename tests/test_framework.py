import re

import pytest

from mlsd_kit import framework
from mlsd_kit.errors import UserError


def test_the_six_stages_in_order_with_all_their_items():
    counts = {stage.name: len(stage.items) for stage in framework.STAGES}
    assert counts == {
        "requirements": 11,
        "data": 10,
        "model": 5,
        "evaluation": 12,
        "deployment": 15,
        "scaling": 7,
    }


def test_ids_are_a_letter_for_the_stage_and_a_number_that_counts_up():
    for stage in framework.STAGES:
        letters = {re.fullmatch(r"([A-Z])(\d+)", item.id).group(1) for item in stage.items}
        assert len(letters) == 1
        assert [int(item.id[1:]) for item in stage.items] == list(range(1, len(stage.items) + 1))


def test_an_unknown_id_names_the_nearest():
    with pytest.raises(UserError, match=r"unknown framework item 'R99'; the nearest is 'R\d'"):
        framework.item("R99")


def test_an_unknown_stage_names_the_six():
    with pytest.raises(UserError, match="unknown stage 'training'; the stages are requirements"):
        framework.stage("training")
