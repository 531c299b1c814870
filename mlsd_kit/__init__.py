"""The helper package of the machine learning system design workbook."""

from importlib.metadata import version

__version__ = version("mlsd-kit")
