"""Open Bandit Data: logged recommendations of a fashion shop, with propensities and clicks."""

from __future__ import annotations

import difflib
from pathlib import Path

import numpy as np
import pandas as pd

from mlsd_kit.data.packaged import packaged_file
from mlsd_kit.errors import UserError

INSTALL = "pip install --no-deps obp==0.4.1"
LICENCE = "CC BY 4.0, ZOZO, Inc."
SOURCE = (
    "Saito, Aihara, Matsutani and Narita (2020), Open Bandit Dataset and Pipeline, arXiv:2008.07146"
)
POLICIES = ("random", "bts")
CAMPAIGNS = ("all", "men", "women")
LOGGED = ["timestamp", "item_id", "position", "click", "propensity_score"]
USER_FEATURES = [f"user_feature_{i}" for i in range(4)]
ITEM_FEATURES = [f"item_feature_{i}" for i in range(4)]
AFFINITY = "user-item_affinity_"


def load_open_bandit(
    policy: str = "random",
    campaign: str = "all",
    with_item_features: bool = False,
    with_all_affinities: bool = False,
) -> pd.DataFrame:
    """Load 10,000 logged recommendations of one policy and campaign, in order of time.

    This is the sample of the Open Bandit Dataset that travels inside the package ``obp`` (the
    whole has 26 million rows). Licence: CC BY 4.0, ZOZO, Inc.; Saito, Aihara, Matsutani and Narita
    (2020), "Open Bandit Dataset and Pipeline", arXiv:2008.07146. Each row is one item shown at one
    of three places of ZOZOTOWN's page in the week of 24 to 30 November 2019. There are 38 to 69
    clicks among the 10,000 rows: enough for off-policy evaluation, too few to train much on.

    Columns:
        timestamp: when it was shown, UTC.
        item_id: the item shown, 0 to 79 (``all``), 33 (``men``) or 45 (``women``).
        position: place on the page: 1 left, 2 centre, 3 right.
        click: 1 when clicked.
        propensity: probability with which the policy chose this item for this place. Under
            ``random`` 1 / number of items; under ``bts`` (Bernoulli Thompson sampling) between
            0.000001 and 0.96.
        user_feature_0 … user_feature_3: hashed attributes of the user (3, 5, 9 and 9 values).
        affinity: past clicks of this user on the item shown (nearly always 0).
        affinity_total: past clicks of this user on all items of the campaign.
        affinity_0, affinity_1 …: past clicks on each item, with ``with_all_affinities``.
        item_feature_0: a number of the item, standardised, with ``with_item_features``.
        item_feature_1 … item_feature_3: its hashed attributes. The hashes differ between the
            policies and campaigns, so these cannot be joined across files; ``item_feature_0`` and
            the user features can.

    Args:
        policy: the policy that chose the items, ``"random"`` or ``"bts"``.
        campaign: ``"all"``, ``"men"`` or ``"women"``.
        with_item_features: join the item's features.
        with_all_affinities: add a column of affinity for each item.

    Returns:
        The frame; its ``attrs`` hold the licence and the source, and say that this is a sample.

    Raises:
        UserError: when the package is not installed, a file is damaged, or a name is wrong.
    """
    _check_name("policy", policy, POLICIES)
    _check_name("campaign", campaign, CAMPAIGNS)
    folder = f"dataset/obd/{policy}/{campaign}"
    log_path = packaged_file("obp", f"{folder}/{campaign}.csv", INSTALL)
    raw = _read(log_path, [*LOGGED, *USER_FEATURES, f"{AFFINITY}0"])
    items = _read(
        packaged_file("obp", f"{folder}/item_context.csv", INSTALL), ["item_id", *ITEM_FEATURES]
    )
    try:
        frame = _typed_log(raw, len(items), with_all_affinities)
        if with_item_features:
            frame = frame.merge(_typed_items(items), on="item_id", how="left", validate="m:1")
    except (ValueError, KeyError, IndexError) as error:
        raise UserError(
            f"{log_path} is not as expected: {str(error).splitlines()[0]}; "
            f"install it again with: {INSTALL} --force-reinstall"
        ) from None
    frame.attrs = {
        "name": f"Open Bandit Data, policy {policy}, campaign {campaign} (10,000-row sample)",
        "licence": LICENCE,
        "source": SOURCE,
    }
    return frame


def _typed_log(raw: pd.DataFrame, n_items: int, with_all_affinities: bool) -> pd.DataFrame:
    if raw.isna().to_numpy().any():
        raise ValueError(f"row {int(raw.isna().any(axis=1).argmax())} has missing values")
    affinities = raw[[f"{AFFINITY}{i}" for i in range(n_items)]].to_numpy(dtype=np.float32)
    item_id = raw["item_id"].to_numpy(dtype=np.int64)
    frame = pd.DataFrame(
        {
            "timestamp": pd.to_datetime(raw["timestamp"], utc=True, format="ISO8601"),
            "item_id": item_id,
            "position": raw["position"].astype(np.int64),
            "click": raw["click"].astype(np.int64),
            "propensity": raw["propensity_score"].astype(np.float64),
            **{name: raw[name].astype("str") for name in USER_FEATURES},
            "affinity": affinities[np.arange(len(raw)), item_id],
            "affinity_total": affinities.sum(axis=1),
        }
    )
    if with_all_affinities:
        names = [f"affinity_{i}" for i in range(n_items)]
        each = pd.DataFrame(affinities, columns=names, index=frame.index)
        frame = pd.concat([frame, each], axis=1)
    return frame.sort_values("timestamp", kind="stable", ignore_index=True)


def _typed_items(items: pd.DataFrame) -> pd.DataFrame:
    types = {"item_id": np.int64, "item_feature_0": np.float32}
    return items[["item_id", *ITEM_FEATURES]].astype(
        {name: types.get(name, "str") for name in ("item_id", *ITEM_FEATURES)}
    )


def _read(path: Path, needed: list[str]) -> pd.DataFrame:
    try:
        frame = pd.read_csv(path, index_col=0)
    except (OSError, ValueError) as error:
        raise UserError(f"cannot read {path}: {str(error).splitlines()[0]}") from None
    missing = [name for name in needed if name not in frame]
    if missing:
        raise UserError(f"{path} has no column {missing[0]!r}; install again with: {INSTALL}")
    return frame


def _check_name(what: str, name: str, names: tuple[str, ...]) -> None:
    if name not in names:
        near = difflib.get_close_matches(str(name), names, n=1)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        raise UserError(f"{what} is one of {', '.join(names)}, not {name!r}{hint}")
