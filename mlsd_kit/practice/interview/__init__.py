"""The mock interview: an engine with no screen, its record, and its clock."""

from mlsd_kit.practice.interview.engine import (
    Interview,
    Reply,
    resume_interview,
    start_interview,
)
from mlsd_kit.practice.record.events import Event, MemoryRecord, Record
from mlsd_kit.practice.record.history import History, history_file
from mlsd_kit.practice.record.state import LEVELS, State, state_of

__all__ = [
    "LEVELS",
    "Event",
    "History",
    "Interview",
    "MemoryRecord",
    "Record",
    "Reply",
    "State",
    "history_file",
    "resume_interview",
    "start_interview",
    "state_of",
]
