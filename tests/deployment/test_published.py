"""A model published as data: old or new and never half, with ages, and a miss that is told."""

import subprocess
import sys
import threading

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlsd_kit.deployment.published import (
    Miss,
    PublishedPredictions,
    publish_predictions,
)
from mlsd_kit.errors import UserError
from tests.deployment.killing import run_driver

HOUR = 3600.0


@pytest.fixture
def path(tmp_path):
    return tmp_path / "store" / "scores.sqlite"


def test_what_was_published_is_found_with_its_age(path):
    published = publish_predictions(
        path, ["ann", "bob"], [0.25, 0.5], version="v1",
        computed_at=[1000.0, 4000.0], published_at=5000.0,
    )  # fmt: skip
    assert (published.version, published.predictions) == ("v1", 2)
    with PublishedPredictions(path) as reader:
        assert reader.get("ann", now=1000.0 + HOUR) == (0.25, HOUR, "v1")
        assert reader.get("bob", now=4000.0).age_s == 0.0
        assert reader.publication == published


def test_a_miss_is_told_and_not_a_number(path):
    publish_predictions(path, [1, 2], [0.1, 0.2], version="v7")
    with PublishedPredictions(path) as reader:
        for key in (3, "1", 2**70, "\ud800"):
            with pytest.raises(Miss, match=r"no prediction for .* among the 2 of version v7"):
                reader.get(key)
        many = reader.get_many([2, 3])
    assert many["value"].tolist()[0] == 0.2
    assert many.isna().all(axis=1).tolist() == [False, True]


@settings(max_examples=30, deadline=None)
@given(
    entries=st.dictionaries(
        st.one_of(
            st.text(st.characters(exclude_categories=["Cs"])), st.integers(-(2**63), 2**63 - 1)
        ),
        st.floats(allow_nan=False, allow_infinity=False),
        min_size=1,
    )
)
def test_any_keys_and_values_come_back_exactly(entries, tmp_path_factory):
    path = tmp_path_factory.mktemp("any") / "a file?.sqlite"
    publish_predictions(path, entries, list(entries.values()), version="v")
    with PublishedPredictions(path) as reader:
        assert {key: reader.get(key).value for key in entries} == entries


def test_the_age_counts_from_when_the_inputs_were_read(path):
    publish_predictions(path, [1], [0.1], version="v", computed_at=0.0, published_at=2 * HOUR)
    with PublishedPredictions(path) as reader:
        assert reader.get(1, now=3 * HOUR).age_s == 3 * HOUR


def test_an_open_reader_moves_to_the_new_publication(path):
    publish_predictions(path, [1], [0.1], version="old")
    with PublishedPredictions(path) as reader:
        assert reader.get(1).version == "old"
        publish_predictions(path, [1, 2], [0.9, 0.8], version="new")
        assert reader.get(1)[::2] == (0.9, "new")
        assert reader.publication.predictions == 2
        path.unlink()
        with pytest.raises(UserError, match=r"no publication at .*No such file"):
            reader.get(1)


@pytest.mark.parametrize(
    ("keys", "values", "said"),
    [
        ([1, 1], [0.1, 0.2], "two predictions for 1"),
        ([1.5], [0.1], "text or a whole number, not float: 1.5"),
        ([None], [0.1], "not NoneType"),
        ([True], [0.1], "not bool"),
        ([1, 2], [0.1, np.nan], "the prediction for 2 is nan"),
        ([1], [np.inf], "is inf, not a number"),
        ([2**64], [0.1], "cannot publish"),
        (["\ud800"], [0.1], "cannot publish"),
    ],
)
def test_what_cannot_be_published_is_refused_and_the_old_stays(path, keys, values, said):
    publish_predictions(path, [1], [0.5], version="old")
    with pytest.raises(UserError, match=said):
        publish_predictions(path, keys, values, version="new")
    with PublishedPredictions(path) as reader:
        assert reader.get(1).version == "old"
    assert [entry.name for entry in path.parent.iterdir()] == [path.name]


def test_unequal_numbers_of_keys_and_values_are_a_mistake(path):
    with pytest.raises(ValueError, match="2 keys, but predictions of shape"):
        publish_predictions(path, [1, 2], [0.1], version="v")


def test_a_place_that_cannot_be_written_is_one_line(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match="cannot publish"):
        publish_predictions(tmp_path / "file" / "x.sqlite", [1], [0.1], version="v")


@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_a_cut_or_foreign_file_is_refused_in_one_line(data, tmp_path_factory):
    path = tmp_path_factory.mktemp("cut") / "scores.sqlite"
    publish_predictions(path, range(500), np.linspace(0, 1, 500), version="v")
    content = path.read_bytes()
    path.write_bytes(content[: data.draw(st.integers(0, len(content) - 1))])
    with pytest.raises(UserError) as caught:
        PublishedPredictions(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)
    path.write_bytes(data.draw(st.binary(max_size=200)))
    with pytest.raises(UserError, match="no publication"):
        PublishedPredictions(path)


READER = """
import sys
from mlsd_kit.deployment.published import PublishedPredictions
seen = set()
with PublishedPredictions(sys.argv[1]) as reader:
    print("reading", flush=True)
    while True:
        found = reader.get_many(range(200))["value"]
        assert found.nunique() == 1, found.unique()
        seen.add(found[0])
        if found[0] == 40.0:
            break
print(len(seen))
"""


def test_a_reader_in_another_process_sees_only_whole_publications(path):
    publish_predictions(path, range(200), np.zeros(200), version="0")
    command = [sys.executable, "-c", READER, str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as reader:
        assert reader.stdout.readline() == "reading\n"
        for number in range(1, 41):
            publish_predictions(path, range(200), np.full(200, number), version=str(number))
        assert int(reader.stdout.readline()) >= 2
        assert reader.wait(60) == 0


def test_threads_share_a_reader_while_it_is_published_again(path):
    publish_predictions(path, range(50), np.zeros(50), version="0")
    wrong, done = [], threading.Event()

    def read(reader):
        while not done.is_set():
            values = reader.get_many(range(50))["value"]
            if values.nunique() != 1:
                wrong.append(values)

    with PublishedPredictions(path) as reader:
        threads = [threading.Thread(target=read, args=(reader,)) for _ in range(4)]
        for thread in threads:
            thread.start()
        for number in range(1, 30):
            publish_predictions(path, range(50), np.full(50, number), version=str(number))
        done.set()
        for thread in threads:
            thread.join()
    assert not wrong


KILLED = """
from pathlib import Path
from mlsd_kit.deployment.published import PublishedPredictions, publish_predictions

path = Path(sys.argv[1])
seen, last = set(), ["new"]

def prepare():
    if seen and "new" not in last:
        return
    publish_predictions(path, range(3), [0.0] * 3, version="old", published_at=1.0)

def work():
    publish_predictions(path, range(3), [1.0] * 3, version="new", published_at=2.0)

def check(finished):
    with PublishedPredictions(path) as reader:
        about, values = reader.publication, reader.get_many(range(3))["value"]
    assert set(values) == {float(about.version == "new")}, (about, values)
    assert about.published_at == 1.0 + (about.version == "new")
    assert about.version == "new" or not finished
    seen.add(about.version)
    last[:] = [about.version]

killed = kill_everywhere(work, check, prepare)
prepare()
print(killed, sorted(seen), sorted(entry.name for entry in path.parent.iterdir()))
"""


def test_a_publisher_killed_at_any_line_leaves_the_old_or_the_new(path):
    path.parent.mkdir()
    killed, seen = run_driver(KILLED, path).split(" ", 1)
    assert int(killed) > 40
    assert seen == "['new', 'old'] ['scores.sqlite']\n"
