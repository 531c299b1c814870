"""Practice: exercises that check themselves, lessons, and a learner's progress."""

from mlsd_kit.practice.choices import All, Choice, Chosen
from mlsd_kit.practice.exercises import all_exercises, exercise, find_exercise
from mlsd_kit.practice.lesson import Lesson, WrongSolution, show_progress, start_lesson
from mlsd_kit.practice.numbers import Number
from mlsd_kit.practice.progress import Progress, progress_file
from mlsd_kit.practice.values import Function, Values
from mlsd_kit.practice.verdicts import Verdict

__all__ = [
    "All",
    "Choice",
    "Chosen",
    "Function",
    "Lesson",
    "Number",
    "Progress",
    "Values",
    "Verdict",
    "WrongSolution",
    "all_exercises",
    "exercise",
    "find_exercise",
    "progress_file",
    "show_progress",
    "start_lesson",
]
