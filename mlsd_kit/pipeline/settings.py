"""What a pipeline may be told: how to train, and the limits of each step that can say no."""

from __future__ import annotations

from dataclasses import dataclass, field

from mlsd_kit.errors import UserError


@dataclass(frozen=True)
class Validation:
    """Limits of the newest stretch against those before it."""

    bad_rows: float = 0.002
    """Share of rows with a value of a kind or range that was never there."""
    missing: float = 0.05
    """Rise of a column's share of missing values."""
    unseen: float = 0.02
    """Share of rows with a category that is new."""
    psi: float = 0.5
    """Population stability index of a column. Credit scoring calls 0.25 large (Siddiqi, 2006);
    stretches with few users pass that by chance. A column may also move twice as far as it did in
    the stretch before, for some, such as counts, always move."""
    rate_ratio: float = 2.5
    """How many times rarer or more frequent the event may become, beyond chance."""


@dataclass(frozen=True)
class Training:
    """Boosted trees: LightGBM's names."""

    n_estimators: int = 80
    learning_rate: float = 0.05
    num_leaves: int = 8
    seed: int = 1


@dataclass(frozen=True)
class Gate:
    """Limits of a candidate."""

    margin: float = 0.01
    """How much worse its log loss may be, as a share of the serving model's, at the bad end of the
    interval."""
    calibration: float = 1.25
    """Expected over observed events, or the inverse, may be this large at the near end of the
    interval, or as large as the serving model's."""
    group_margin: float = 0.05
    """As ``margin``, for each group, at the good end of its interval: none may surely be hurt."""
    size_mb: float = 20.0
    latency_ms: float = 20.0
    """Median of single predictions in process, on the machine that runs the pipeline."""


@dataclass(frozen=True)
class Shadow:
    """Traffic that both models answer, and how far they may be apart on it."""

    rows: int = 1000
    batch: int = 100
    tolerance: float = 1e-5
    """Of a prediction by the service against the one in process."""
    changed: float = 0.4
    """Share of decisions that may turn out otherwise."""


@dataclass(frozen=True)
class Settings:
    """All settings of a pipeline; a step runs again when its own have changed.

    >>> Settings(gate=Gate(margin=0.02)).gate.margin
    0.02
    """

    group: str | None = None
    """Category column by which the gate compares groups; the one with fewest values by default."""
    validate: Validation = field(default_factory=Validation)
    train: Training = field(default_factory=Training)
    gate: Gate = field(default_factory=Gate)
    shadow: Shadow = field(default_factory=Shadow)

    def __post_init__(self) -> None:
        if self.shadow.rows < 1 or self.shadow.batch < 1:
            raise UserError("shadow: rows and batch are 1 or more")
