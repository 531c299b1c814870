"""Case studies: a case folder becomes one validated `Case`; cases are found by scanning."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mlsd_kit.lean import later

if TYPE_CHECKING:
    from mlsd_kit.cases.case import Case
    from mlsd_kit.cases.finding import discover, find_case, load_case
    from mlsd_kit.cases.learning import LearningTable
    from mlsd_kit.cases.load import CaseError
    from mlsd_kit.cases.new import new_case
    from mlsd_kit.cases.schema import Spec

__all__ = [
    "Case",
    "CaseError",
    "LearningTable",
    "Spec",
    "discover",
    "find_case",
    "load_case",
    "new_case",
]

_LATER = {
    "Case": "case",
    "CaseError": "load",
    "LearningTable": "learning",
    "Spec": "schema",
    "discover": "finding",
    "find_case": "finding",
    "load_case": "finding",
    "new_case": "new",
}


def __getattr__(name: str) -> Any:
    return later(__name__, _LATER, name)
