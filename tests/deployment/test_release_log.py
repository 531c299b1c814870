"""The decision log: whole lines only, whatever ended the process that wrote them."""

import json
import resource

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlsd_kit.deployment.release import JsonLines, read_decisions
from mlsd_kit.deployment.release.decisions import read_lines
from mlsd_kit.errors import UserError


@given(st.integers(0, 60), st.integers(1, 40))
def test_a_torn_tail_is_left_out_and_cut_off_when_writing_goes_on(tmp_path_factory, cut, length):
    path = tmp_path_factory.mktemp("log") / "log.jsonl"
    records = [{"request": f"r{k}", "text": "x" * length} for k in range(3)]
    whole = b"".join(json.dumps(r, separators=(",", ":")).encode() + b"\n" for r in records)
    path.write_bytes(whole[: max(0, len(whole) - cut)])
    found, offset = read_lines(path)
    assert found == records[: len(found)]
    log = JsonLines(path)
    log.write({"request": "next"})
    log.close()
    assert read_lines(path)[0] == [*found, {"request": "next"}]
    assert read_lines(path, offset)[0] == [{"request": "next"}]


def test_a_tail_longer_than_a_block_is_cut_off(tmp_path):
    path = tmp_path / "log.jsonl"
    path.write_bytes(b'{"a":1}\n' + b"x" * 200_000)
    JsonLines(path).close()
    assert path.read_bytes() == b'{"a":1}\n'
    path.write_bytes(b"x" * 200_000)
    JsonLines(path).close()
    assert path.read_bytes() == b""


def test_a_line_for_which_there_is_no_room_leaves_nothing_behind(tmp_path):
    log = JsonLines(tmp_path / "log.jsonl")
    log.write({"request": "first"})
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (40, hard))
    try:
        with pytest.raises(OSError, match=r"no room|too large"):
            log.write({"request": "x" * 100})
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    log.write({"request": "second"})
    log.close()
    assert list(read_decisions(log.path).index) == ["first", "second"]


def test_a_missing_log_and_one_that_is_no_json_are_said_to_be(tmp_path):
    with pytest.raises(UserError, match="No such file"):
        read_decisions(tmp_path / "none.jsonl")
    (tmp_path / "bad.jsonl").write_text("{\n")
    with pytest.raises(UserError, match="a line is no JSON"):
        read_decisions(tmp_path / "bad.jsonl")
    (tmp_path / "empty.jsonl").write_text("")
    assert len(read_decisions(tmp_path / "empty.jsonl")) == 0
