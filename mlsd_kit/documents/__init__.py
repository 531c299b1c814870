"""YAML documents that are written by people: read safely, validated, mistakes named by line."""

from mlsd_kit.documents.lines import Document, KeyPath, parse, read
from mlsd_kit.documents.validate import Mistakes, validated

__all__ = ["Document", "KeyPath", "Mistakes", "parse", "read", "validated"]
