"""A design's flows turned into handlers of a calendar."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from heapq import heappush

from mlsd_kit.design.planning import Fork, Node, Visit
from mlsd_kit.design.schema import Step
from mlsd_kit.design.simulation.calls import Calls
from mlsd_kit.design.simulation.engine import Event, Handler, Way
from mlsd_kit.design.simulation.streams import Draw
from mlsd_kit.design.simulation.tally import Branch, Join, Payload


class Routes:
    """Compiles flows.

    Args:
        calls: compiles their calls.
        answered: handles a request that has got to its end.
    """

    def __init__(self, calls: Calls, answered: Handler) -> None:
        self.calls, self.calendar, self.streams = calls, calls.calendar, calls.streams
        self.end = Way(answered, False)

    def flow(self, name: str, nodes: Sequence[Node], steps: Sequence[Step]) -> Way:
        """Compile a flow: the way of its requests, from their arrival to their answer."""
        return self._steps(name, nodes, steps, self.end, False)

    def _steps(
        self, flow: str, nodes: Sequence[Node], steps: Sequence[Step], then: Way, inside: bool
    ) -> Way:
        for node, step in reversed(list(zip(nodes, steps, strict=True))):
            if isinstance(node, Fork):
                way = self._fork(flow, node, step, then)
            elif node.waits:
                way = self._call(flow, node, then, inside)
            else:
                way = self._send(node, then)
            if step.share < 1.0:
                inside_it = [one.label for branch in step.parallel for one in branch]
                draw = self.streams.uniform(flow, step.label, "share", *inside_it)
                way = self._split(way, then, draw, _always(step.share))
            then = way
        return then

    @staticmethod
    def _split(yes: Way, no: Way, draw: Draw, chance: Callable[[float], float]) -> Way:
        def split(now: float, payload: Payload) -> Event | None:
            return (yes if draw() < chance(now) else no).go(now, payload)

        return Way(split, yes.ordered or no.ordered)

    def _fork(self, flow: str, node: Fork, step: Step, then: Way) -> Way:
        after, events = self.calendar.later(then), self.calendar.events

        def report(time: float, branch: Branch) -> Event | None:
            join = branch.join
            join.left -= 1
            if time >= join.latest:
                join.latest, join.slowest = time, branch
            if join.left:
                return None
            join.settle()
            return after(join.latest, join.parent)

        ways = [
            self._steps(flow, nodes, steps, Way(report, False), True)
            for nodes, steps in zip(node.branches, step.parallel, strict=True)
        ]

        def fork(now: float, payload: Payload) -> Event | None:
            join = Join(payload, len(ways))
            following = None
            for way in ways:
                if following is not None:
                    heappush(events, following)
                following = way.go(now, Branch(join))
            return following

        return Way(fork, any(way.ordered for way in ways))

    def _send(self, visit: Visit, then: Way) -> Way:
        left = self.calls.visit(visit, Way(lambda _, __: None, False), None, False, on_path=False)
        events = self.calendar.events

        def send(now: float, payload: Payload) -> Event | None:
            following = left.go(now, None)
            if following is not None:
                heappush(events, following)
            return then.go(now, payload)

        return Way(send, left.ordered or then.ordered)

    def _call(self, flow: str, visit: Visit, then: Way, inside: bool) -> Way:
        fallback = then if visit.step.fallback is not None else None
        if visit.on_miss:
            missed = self._steps(flow, visit.on_miss, visit.step.on_miss, then, inside)
            draw = self.streams.uniform(flow, visit.label, "hit")
            then = self._split(then, missed, draw, self.calls.sites[visit.name].hit_rate)
        return self.calls.visit(visit, then, fallback, inside, on_path=True)


def _always(chance: float) -> Callable[[float], float]:
    return lambda _: chance
