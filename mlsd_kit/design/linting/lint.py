"""Criticise a design: rules with a reason each, findings with their figures."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from html import escape as _escape
from typing import Any

import pandas as pd

from mlsd_kit.design.design import Design
from mlsd_kit.design.linting.rules import RULES, Rule
from mlsd_kit.design.linting.rules.facts import Facts
from mlsd_kit.design.linting.rules.registry import SEVERITIES, Severity
from mlsd_kit.errors import UserError

__all__ = ["RULES", "Finding", "LintReport", "Rule", "explain", "lint", "rules_markdown"]


@dataclass(frozen=True)
class Finding:
    """One place where a design breaks a rule.

    ``where`` is a path for `Design.change`; ``waiver`` is the design's reason to leave it so.
    """

    rule: str
    severity: Severity
    item: str
    where: str
    message: str
    advice: str
    waiver: str | None = None


@dataclass(frozen=True, repr=False)
class LintReport:
    """What the rules found, errors first; findings that the design waives stand apart."""

    title: str
    findings: tuple[Finding, ...]
    waived: tuple[Finding, ...]

    @property
    def clean(self) -> bool:
        """Whether nothing is left but waived findings and hints."""
        return all(finding.severity == "hint" for finding in self.findings)

    @property
    def rules(self) -> tuple[str, ...]:
        """The ids of the rules that are broken, in the order of the findings."""
        return tuple(dict.fromkeys(finding.rule for finding in self.findings))

    def table(self) -> pd.DataFrame:
        """A row for each finding, the waived ones last: all that a `Finding` has."""
        columns = ["severity", "rule", "item", "where", "message", "advice", "waiver"]
        rows = [asdict(finding) for finding in (*self.findings, *self.waived)]
        return pd.DataFrame(rows, columns=columns).fillna({"waiver": ""})

    def to_dict(self) -> dict[str, Any]:
        """Plain data for JSON."""
        return {
            "title": self.title,
            "clean": self.clean,
            "findings": [asdict(finding) for finding in self.findings],
            "waived": [asdict(finding) for finding in self.waived],
        }

    @property
    def summary(self) -> str:
        """How many findings of each severity, in words."""
        counts = [(s, sum(f.severity == s for f in self.findings)) for s in SEVERITIES]
        said = [f"{n} {s}{'s' if n > 1 else ''}" for s, n in counts if n] or ["nothing found"]
        return ", ".join([*said, *([f"{len(self.waived)} waived"] if self.waived else [])])

    def __str__(self) -> str:
        lines = [f"{self.title}: {self.summary}"]
        for finding in (*self.findings, *self.waived):
            said = finding.severity if finding.waiver is None else "waived"
            lines.append(f"{said:<8} {finding.rule:<30} {finding.where}: {finding.message}")
            if finding.waiver is not None:
                lines.append(f"{'':<8} {'':<30} because: {finding.waiver}")
        return "\n".join(lines)

    __repr__ = __str__

    def _repr_html_(self) -> str:
        rows = "".join(_row(finding) for finding in (*self.findings, *self.waived))
        head = "".join(
            f'<th scope="col" style="text-align:left">{name}</th>'
            for name in ("severity", "rule", "where", "what was found", "what to do")
        )
        body = f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody>"
        table = f'<table style="color:inherit;font-size:inherit">{body}</table>'
        top = f"<p><strong>{escape(self.title)}</strong>: {self.summary}</p>"
        return f"<div>{top}{table if rows else ''}</div>"


def escape(text: str) -> str:
    """Text as HTML, in which JupyterLab takes no dollar sign for the start of a formula."""
    return _escape(text).replace("$", "<span>$</span>")


_CHIPS = {
    "error": "background:#B3261E;color:#FFFFFF",
    "warning": "background:#F2C14E;color:#000000",
    "hint": "background:#1F6FB2;color:#FFFFFF",
    "waived": "background:#6B6B6B;color:#FFFFFF",
}


def _row(finding: Finding) -> str:
    said = finding.severity if finding.waiver is None else "waived"
    advice = finding.advice if finding.waiver is None else f"waived: {finding.waiver}"
    chip = f'<span style="{_CHIPS[said]};padding:1px 6px;border-radius:3px">{said}</span>'
    item = f'<abbr title="framework item">{finding.item}</abbr>'
    cells = (
        chip,
        f"<code>{finding.rule}</code><br>{item}",
        f"<code>{escape(finding.where)}</code>",
        escape(finding.message),
        escape(advice),
    )
    style = "text-align:left;vertical-align:top;white-space:normal"
    return f"<tr>{''.join(f'<td style={chr(34)}{style}{chr(34)}>{c}</td>' for c in cells)}</tr>"


def lint(design: Design) -> LintReport:
    """Check a design against all rules.

    The findings come errors first, then in the order of the rules. The same design gives the same
    report.

    >>> from mlsd_kit.design.linting.rules.example import example
    >>> print(lint(example()))
    A ranking service: nothing found
    >>> report = lint(example({"flows.request.ranker.timeout": None}))
    >>> [(finding.rule, finding.where) for finding in report.findings]
    [('timeout_missing', 'flows.request.ranker.timeout')]
    """
    facts = Facts(design)
    found: list[Finding] = []
    waived: list[Finding] = []
    for rule in sorted(RULES.values(), key=_waivers_last):
        reason = None if rule.topic == "waivers" else design.waivers.get(rule.id)
        for where, message in dict.fromkeys(rule.find(facts)):
            facts.fired.add(rule.id)
            said = " ".join(message.split())
            finding = Finding(rule.id, rule.severity, rule.item, where, said, rule.advice, reason)
            (found if reason is None else waived).append(finding)
    order = {severity: index for index, severity in enumerate(SEVERITIES)}
    return LintReport(
        design.title,
        tuple(sorted(found, key=lambda finding: order[finding.severity])),
        tuple(waived),
    )


def _waivers_last(rule: Rule) -> bool:
    return rule.topic == "waivers"


def explain(rule_id: str) -> str:
    """Say what a rule asks for, why, and what breaks and what keeps it.

    Raises:
        UserError: for an id that no rule has; it names the nearest.
    """
    if rule_id not in RULES:
        near = difflib.get_close_matches(rule_id, RULES, 1, 0)[0]
        raise UserError(f"no rule {rule_id!r}; the nearest is {near!r}")
    rule = RULES[rule_id]
    return "\n".join(
        [
            f"{rule.id} ({rule.severity}, framework item {rule.item})",
            f"Why: {rule.reason}",
            f"What to do: {rule.advice}",
            f"Breaks it: {_changes(rule.bad)}",
            f"Keeps it: {_changes(rule.good)}",
        ]
    )


def _changes(changes: Any) -> str:
    return "; ".join(f"{path}: {_value(value)}" for path, value in changes.items())


def _value(value: Any) -> str:
    if value is None:
        return "left out"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{key}: {_value(inner)}' for key, inner in value.items())}}}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_value, value))}]"
    return str(value).lower() if isinstance(value, bool) else str(value)


def rules_markdown() -> str:
    """Give the page of all rules: a table for each topic."""
    return "\n".join(_markdown_lines()) + "\n"


def _markdown_lines() -> Iterator[str]:
    counts = {s: sum(rule.severity == s for rule in RULES.values()) for s in SEVERITIES}
    yield "# Rules of the design linter"
    yield ""
    yield (
        f"{len(RULES)} rules: {counts['error']} errors, {counts['warning']} warnings and "
        f"{counts['hint']} hints. A design lints clean when it has no errors and no warnings left "
        "but those that it waives with a reason, under `waivers:`, by the rule's id. "
        "`explain(id)` shows what breaks a rule and what keeps it. This page is written by "
        "`mlsd_kit.design.linting.lint.rules_markdown()`."
    )
    topics = dict.fromkeys(rule.topic for rule in RULES.values())
    for topic in topics:
        yield from ("", f"## {topic.capitalize()}", "")
        yield "| rule | severity | item | why | what to do |"
        yield "|---|---|---|---|---|"
        for rule in RULES.values():
            if rule.topic == topic:
                yield (
                    f"| `{rule.id}` | {rule.severity} | {rule.item} | {rule.reason} "
                    f"| {rule.advice} |"
                )
