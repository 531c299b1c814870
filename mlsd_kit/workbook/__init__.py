"""Running notebooks: parameters, recorded figures, rendered prose, pages and results."""

from mlsd_kit.workbook.narrate import say
from mlsd_kit.workbook.record import read_records, record

__all__ = ["read_records", "record", "say"]
