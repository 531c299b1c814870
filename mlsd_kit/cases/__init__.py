"""Case studies: a case folder becomes one validated `Case`; cases are found by scanning."""

from mlsd_kit.cases.case import Case
from mlsd_kit.cases.discover import discover, load_case
from mlsd_kit.cases.load import CaseError
from mlsd_kit.cases.new import new_case
from mlsd_kit.cases.schema import Spec

__all__ = ["Case", "CaseError", "Spec", "discover", "load_case", "new_case"]
