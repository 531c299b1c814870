"""The product's backend with the ML system in it: who calls whom, how often, with how much."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from mlsd_kit.errors import UserError
from mlsd_kit.requirements.quantities import converted, quantity
from mlsd_kit.units import Quantity, format_quantity

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(frozen=True)
class Call:
    """One service calls another, or writes what another reads later."""

    source: str
    target: str
    per_call: float
    """Calls for each call that the source itself gets."""
    carries: Quantity | None
    """Bytes of request and answer together."""
    waits: bool
    """Whether the source waits for the answer."""


class Backend:
    """Services with their owners, and the calls between them; each call gives a new backend.

    The first service is where requests come in. Calls that are waited for must not run in a circle.

    Args:
        owners: service → the team that answers for it.

    >>> backend = Backend({"app": "product", "home page": "product", "ranker": "ML"})
    >>> backend = backend.call("app", "home page").call("home page", "ranker", carries="20 kB")
    >>> backend.table("2000 requests/s").loc["home page → ranker", "bandwidth"]
    '320 Mbit/s'
    """

    def __init__(self, owners: Mapping[str, str], calls: tuple[Call, ...] = ()) -> None:
        if not owners:
            raise UserError("a backend needs at least one service")
        self.owners = dict(owners)
        self.calls = calls

    def call(
        self,
        source: str,
        target: str,
        *,
        per_call: float = 1.0,
        carries: Quantity | str | None = None,
        waits: bool = True,
    ) -> Backend:
        """Add a call.

        Args:
            source: who calls.
            target: who is called.
            per_call: calls for each call that the source itself gets.
            carries: bytes of request and answer together, such as ``"20 kB"``.
            waits: whether the source waits for the answer, rather than leaving something behind.

        Raises:
            UserError: for a service without an owner, or calls that run in a circle.
        """
        for name in (source, target):
            if name not in self.owners:
                raise UserError(f"no service {name!r}; there are: {', '.join(self.owners)}")
        if waits and source in self._reached(target):
            raise UserError(f"{source!r} and {target!r} would wait for each other")
        size = None if carries is None else converted(carries, "kB", "what a call carries")
        added = Call(source, target, per_call, size, waits)
        return Backend(self.owners, (*self.calls, added))

    def rates(self, requests: Quantity | str) -> dict[str, Quantity]:
        """Give the rate of calls that each service gets, when the first gets ``requests``."""
        coming = quantity(requests)
        rates = dict.fromkeys(self.owners, 0 * coming)
        rates[next(iter(self.owners))] = coming
        for name in self._in_order():
            for call in self.calls:
                if call.source == name:
                    rates[call.target] = rates[call.target] + rates[name] * call.per_call
        return rates

    def table(self, requests: Quantity | str) -> pd.DataFrame:
        """Give each call's rate and bandwidth, and whether it is waited for."""
        rates = self.rates(requests)
        rows = []
        for call in self.calls:
            rate = rates[call.source] * call.per_call
            bits = None if call.carries is None else rate.magnitude * call.carries.to("gigabit")
            rows.append(
                {
                    "call": f"{call.source} → {call.target}",
                    "owner": self.owners[call.target],
                    "rate": format_quantity(rate),
                    "bandwidth": "" if bits is None else format_quantity(bits / quantity("1 s")),
                    "waits": call.waits,
                }
            )
        columns = ["call", "owner", "rate", "bandwidth", "waits"]
        return pd.DataFrame(rows, columns=columns).set_index("call")

    def waited_for(self) -> list[str]:
        """Give the services whose slowness a request feels."""
        return [name for name in self.owners if name in self._reached(next(iter(self.owners)))]

    def _reached(self, start: str) -> set[str]:
        reached, todo = {start}, [start]
        while todo:
            name = todo.pop()
            new = {c.target for c in self.calls if c.waits and c.source == name} - reached
            reached |= new
            todo += new
        return reached

    def _in_order(self) -> list[str]:
        """Services after all that call them; what closes a circle without waiting is left out."""
        order: list[str] = []

        def visit(name: str, above: tuple[str, ...]) -> None:
            if name in order:
                return
            for call in self.calls:
                if call.target == name and call.source not in above:
                    visit(call.source, (*above, name))
            order.append(name)

        for name in self.owners:
            visit(name, (name,))
        return order


def plot_backend(
    backend: Backend, requests: Quantity | str | None = None, ax: Axes | None = None
) -> Axes:
    """Draw the services in the order of the calls, a colour for each owner.

    The upper row is what a request waits for, from left to right; below stands what works behind
    it. Solid arrows are waited for; dashed ones leave something behind. Within a column and in the
    lower row the services stand in the order of the backend's owners: choose it so that arrows pass
    between boxes.

    Args:
        backend: what to draw.
        requests: the rate that comes in, to write each service's rate into its box.
        ax: axes to draw on; new ones by default.
    """
    import textwrap

    import matplotlib.pyplot as plt
    from matplotlib.colors import to_rgb

    from mlsd_kit.style import PALETTE

    places = _places(backend)
    right, low = max(x for x, _ in places.values()), min(y for _, y in places.values())
    if ax is None:
        _, ax = plt.subplots(figsize=(1.75 * (right + 1), 0.85 - 0.8 * (low - 1)))
    owners = list(dict.fromkeys(backend.owners.values()))
    rates = {} if requests is None else backend.rates(requests)
    boxes = {}
    for name, place in places.items():
        colour = PALETTE[owners.index(backend.owners[name])]
        pale = [0.85 + 0.15 * part for part in to_rgb(colour)]
        lines = textwrap.wrap(name, 16)
        if name in rates and rates[name].magnitude > 0:
            lines.append(format_quantity(rates[name]))
        box = {"boxstyle": "round,pad=0.4", "facecolor": pale, "edgecolor": colour}
        text = ax.text(*place, "\n".join(lines), ha="center", va="center", fontsize=9, bbox=box)
        boxes[name] = text.get_bbox_patch()
    for call in backend.calls:
        arrow = {
            "arrowstyle": "-|>", "color": "#444444", "linestyle": "-" if call.waits else "--",
            "patchA": boxes[call.source], "patchB": boxes[call.target], "shrinkA": 1, "shrinkB": 1,
        }  # fmt: skip
        ax.annotate("", places[call.target], places[call.source], arrowprops=arrow, zorder=4)
    for owner, colour in zip(owners, PALETTE, strict=False):
        ax.plot([], [], "s", color=colour, label=owner)
    ax.legend(loc="upper center", bbox_to_anchor=(0.5, 0.02), ncols=len(owners))
    ax.set_xlim(-0.5, right + 0.5)
    ax.set_ylim(low - 0.5, 0.4)
    ax.axis("off")
    return ax


def _places(backend: Backend) -> dict[str, tuple[float, float]]:
    """Service → column and row: a column for each step of the calls, a row for what is behind."""
    waited = backend.waited_for()
    step = dict.fromkeys(waited, 0)
    for name in backend._in_order():
        for call in backend.calls:
            if call.waits and call.source == name and name in step:
                step[call.target] = max(step[call.target], step[name] + 1)
    behind = [name for name in backend.owners if name not in step]
    last = max(step.values())
    right = max(last, len(behind) - 1)
    places: dict[str, tuple[float, float]] = {}
    filled = dict.fromkeys(step.values(), 0)
    for name in waited:
        places[name] = (right * step[name] / max(last, 1), -float(filled[step[name]]))
        filled[step[name]] += 1
    for i, name in enumerate(behind):
        places[name] = (right * i / max(len(behind) - 1, 1), -float(max(filled.values())))
    return places
