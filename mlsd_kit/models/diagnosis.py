"""Bias or variance: a verdict on a learning curve that names its evidence."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

BIAS, VARIANCE, BOTH, FLOOR = "bias", "variance", "both", "at the floor"
HELPS: dict[str, tuple[str, ...]] = {
    BIAS: ("features that say more", "a more flexible model", "less regularisation"),
    VARIANCE: ("more training rows", "a more rigid model", "more regularisation"),
    BOTH: ("features that say more", "more training rows"),
    FLOOR: ("another target, data source or loss: this one is used up",),
}


@dataclass(frozen=True)
class Diagnosis:
    """What limits a model, and the gaps that say so."""

    verdict: str
    """bias, variance, both, or at the floor."""
    bias: float
    """Loss on the training rows above the floor: what the model cannot express."""
    variance: float
    """Further loss on the validation rows: what it learned of the training rows only."""
    last_step: float
    """What the last step in rows gained on the validation rows; NaN for a single size."""
    step: float
    """Factor in rows of that step."""
    tolerance: float

    @property
    def helps(self) -> tuple[str, ...]:
        """What would help, and by exclusion what would not."""
        return HELPS[self.verdict]

    @property
    def evidence(self) -> str:
        """The verdict with its gaps, in a sentence."""
        more = (
            "" if pd.isna(self.last_step) else f"; {self.step:.3g}× rows gain {self.last_step:.3f}"
        )
        return (
            f"{self.verdict}: training loss {self.bias:+.3f} from the floor, "
            f"validation {self.variance:+.3f} from there{more}"
        )


def diagnose(
    curve: pd.DataFrame, floor: float | tuple[float, float], tolerance: float = 0.01
) -> Diagnosis:
    """Say what limits the model at the largest size of a learning curve.

    Bias is training loss less the floor, variance is validation loss less training loss, each
    part against its own floor (Ng, Machine Learning Yearning, 2018, chapters 20 to 28). The larger
    one is the verdict; ``both`` when they are within a factor of two, ``at the floor`` when
    neither exceeds the tolerance.

    Args:
        curve: from `learning_curve`; a row a size, the largest last.
        floor: least loss that can be reached, or a pair for the training and the validation rows:
            the loss of the true probabilities, or of the best that is known.
        tolerance: gaps below it are noise; half the width of the validation loss's interval is a
            good choice.

    >>> curve = pd.DataFrame({"training": [0.5, 0.7], "validation": [1.2, 0.9]}, index=[100, 400])
    >>> print(diagnose(curve, floor=0.68).evidence)
    variance: training loss +0.020 from the floor, validation +0.200 from there; 4× rows gain 0.300
    """
    low_train, low_valid = floor if isinstance(floor, tuple) else (floor, floor)
    last = curve.iloc[-1]
    bias = float(last["training"] - low_train)
    variance = float(last["validation"] - low_valid) - bias
    if max(bias, variance) <= tolerance:
        verdict = FLOOR
    elif min(bias, variance) > tolerance and max(bias, variance) < 2 * min(bias, variance):
        verdict = BOTH
    else:
        verdict = BIAS if bias > variance else VARIANCE
    steps = len(curve) > 1
    gained = curve["validation"].iloc[-2] - last["validation"] if steps else float("nan")
    factor = curve.index[-1] / curve.index[-2] if steps else float("nan")
    return Diagnosis(verdict, bias, variance, float(gained), float(factor), tolerance)
