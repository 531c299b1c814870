"""The router's configuration: validated whole, one line for each mistake, a whole file."""

import pytest

from mlsd_kit.deployment.release import RouterConfig
from mlsd_kit.deployment.release.asking import parse_ask
from mlsd_kit.deployment.release.config import parse_config, read_config, write_config
from mlsd_kit.errors import UserError

MODELS = {"a": "http://127.0.0.1:1", "b": "http://127.0.0.1:2"}
BASE = {"models": MODELS, "champion": "a"}


def split(**shares):
    return {"salt": "s", "arms": {n: {"model": n, "share": share} for n, share in shares.items()}}


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({"champion": "c"}, "champion: there is no model 'c'; there are a, b"),
        ({"standby": "c"}, "standby: there is no model 'c'; there are a, b"),
        (
            {"rules": [{"feature": "country", "values": ["NO"], "model": "c"}]},
            "rules.0.model: there is no model 'c'; there are a, b",
        ),
        ({"shadow": {"model": "c"}}, "shadow.model: there is no model 'c'; there are a, b"),
        ({"split": split(a=0.5, b=0.4)}, "split.arms: the shares add up to 0.9, not to 1"),
        ({"split": split(a=1.5)}, "split.arms.a.share: input should be less than or equal to 1"),
        ({"models": {"a": "127.0.0.1"}}, "models.a: '127.0.0.1' is no address like"),
        ({"models": {"a": "http://[::1"}}, "models.a: 'http://[::1' is no address like"),
        ({"deadline_s": 0}, "deadline_s: input should be greater than 0"),
        ({"champoin": "a"}, "champoin: unknown key; the nearest valid key is 'champion'"),
        ({"champion": "c", "standby": "d"}, "(and 1 more)"),
    ],
)
def test_a_mistake_is_one_line_with_its_key(changes, line):
    with pytest.raises(UserError) as refused:
        parse_config({**BASE, **changes})
    assert line in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_body_that_is_no_json_is_one_line():
    with pytest.raises(UserError, match="the body: invalid JSON") as refused:
        parse_config(b'{"models": \n')
    assert "\n" not in str(refused.value)


def test_the_next_version_is_validated_and_the_present_one_stays():
    config = RouterConfig(**BASE)
    assert config.but(split=split(b=0.1, a=0.9)).version == 2
    with pytest.raises(UserError, match="add up"):
        config.but(split=split(b=0.1, a=0.1))
    assert config.split is None


def test_the_chain_asks_each_model_once():
    config = RouterConfig(**BASE, standby="b")
    assert config.chain("b") == ["b", "a"]
    assert config.chain("a") == ["a", "b"]


def test_the_file_gives_back_what_was_written_and_order_of_arms_stays(tmp_path):
    config = RouterConfig(**BASE, split=split(b=0.25, a=0.75), shadow={"model": "b", "queue": 7})
    write_config(tmp_path / "new", config)
    again = read_config(tmp_path / "new")
    assert again == config
    assert list(again.split.shares) == ["b", "a"]
    with pytest.raises(UserError, match=r"config\.json: No such file"):
        read_config(tmp_path)


@pytest.mark.parametrize(
    ("body", "line"),
    [
        (b"", "the body: invalid JSON"),
        (b"[]", "the body: "),
        (b'{"features": {}}', "unit: is missing"),
        (b'{"unit": "u", "features": [1]}', "features: expected keys with values"),
        (b'{"unit": "u", "features": {}, "requset": "r"}', "requset: unknown key"),
        (b'{"unit": "u", "features": {}, "request": ""}', "request: expected text that is not"),
        (b'{"unit": ' + b"[" * 5000, "the body: invalid JSON"),
    ],
)
def test_a_wrong_request_is_one_line(body, line):
    with pytest.raises(UserError) as refused:
        parse_ask(body)
    assert str(refused.value).startswith(line)
    assert "\n" not in str(refused.value)


def test_requests_get_different_ids_of_their_own():
    first, second = (parse_ask(b'{"unit": 7, "features": {"x": null}}') for _ in range(2))
    assert first.request != second.request
    assert first.unit == 7
