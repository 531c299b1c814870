"""The rules of the design linter: a module for each topic, found by scanning this folder."""

from __future__ import annotations

import importlib
import pkgutil

from mlsd_kit.design.linting.rules.registry import RULES, Found, Rule, rule

__all__ = ["RULES", "Found", "Rule", "rule"]

for _module in pkgutil.iter_modules(__path__):
    importlib.import_module(f"{__name__}.{_module.name}")
