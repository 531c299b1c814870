"""A learner's records, or a sample of them where there are none yet."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from mlsd_kit.practice.memory.log import ReviewLog
from mlsd_kit.practice.progress import Progress, progress_file
from mlsd_kit.practice.record.events import FINISHED, Event
from mlsd_kit.practice.record.history import History, history_file


@dataclass(frozen=True)
class Learner:
    """The records that `progress.ipynb` draws. Make it with `load_learner`."""

    interviews: Mapping[str, Sequence[Event]]
    """Id → events, of all interviews, oldest first."""
    log: ReviewLog
    progress: Progress
    now: datetime
    """In UTC; of a sample a fixed moment."""
    sample: bool = False
    """Whether all of it was made up from transcripts."""
    folder: TemporaryDirectory[str] | None = None
    """Where a sample is kept, until nobody needs it."""

    def clock(self) -> float:
        """Seconds since the epoch; of a sample always the same."""
        return self.now.timestamp() if self.sample else time.time()

    def finished(self) -> dict[str, Sequence[Event]]:
        """The interviews that came to their end."""
        return {
            id: events
            for id, events in self.interviews.items()
            if any(event.kind == FINISHED for event in events)
        }


def load_learner(
    history: str = "", *, sample: bool = False, sample_cases: Sequence[str] = ()
) -> Learner:
    """The learner's records; a sample where nothing was finished or reviewed, or if it is wanted.

    Args:
        history: file of the interviews and reviews; empty for the one in the learner's folder.
        sample: show the sample in any case.
        sample_cases: cases whose transcripts a sample replays.

    Raises:
        UserError: when a file cannot be read, or a case of the sample is not there.
    """
    from mlsd_kit.practice.trends.sample import sample_learner

    path = Path(history).expanduser() if history else history_file()
    if sample or not path.is_file():
        return sample_learner(sample_cases)
    kept = History(path)
    own = Learner(kept.interviews(), ReviewLog(kept), Progress(progress_file()), datetime.now(UTC))
    nothing = not own.finished() and not own.log.learned()
    return sample_learner(sample_cases) if nothing else own
