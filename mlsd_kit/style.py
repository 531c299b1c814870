"""One look for every plot: colours that colour-blind people tell apart, on a white ground.

The white ground keeps plots readable in a dark theme; fonts are large enough for a page that is
shrunk to a phone's width.
"""

from __future__ import annotations

PALETTE = (
    "#0072B2", "#E69F00", "#009E73", "#CC79A7", "#D55E00", "#56B4E9", "#7F7F7F", "#000000",
)  # fmt: skip
"""Okabe and Ito (2008), Color Universal Design; grey for their yellow, which is pale on white."""


def use_style() -> None:
    """Set the look of all plots that follow."""
    import matplotlib as mpl
    from cycler import cycler

    mpl.rcParams.update(
        {
            "axes.prop_cycle": cycler(color=list(PALETTE)),
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.titlesize": 12,
            "axes.titlelocation": "left",
            "axes.labelsize": 11,
            "axes.grid": True,
            "axes.grid.axis": "y",
            "grid.color": "#E3E3E3",
            "axes.axisbelow": True,
            "xtick.labelsize": 10,
            "ytick.labelsize": 10,
            "legend.fontsize": 10,
            "legend.frameon": False,
            "figure.figsize": (7.0, 3.4),
            "figure.facecolor": "white",
            "savefig.facecolor": "white",
            "figure.constrained_layout.use": True,
            "image.cmap": "cividis",
            "lines.linewidth": 1.8,
        }
    )
