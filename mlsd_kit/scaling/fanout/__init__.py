"""Feeds: pushing posts to inboxes, pulling them at reading, or some of each."""

from mlsd_kit.scaling.fanout.costs import FanoutLoad, fanout_table, skew_table, total_cost
from mlsd_kit.scaling.fanout.graph import FollowGraph, follow_graph
from mlsd_kit.scaling.fanout.simulation import PlayedFanout, play_fanout

__all__ = [
    "FanoutLoad",
    "FollowGraph",
    "PlayedFanout",
    "fanout_table",
    "follow_graph",
    "play_fanout",
    "skew_table",
    "total_cost",
]
