"""Personal data that is left lying about."""

from __future__ import annotations

from collections.abc import Iterator

from mlsd_kit.design.linting.rules.facts import Facts
from mlsd_kit.design.linting.rules.registry import Found, rule
from mlsd_kit.design.schema import Component


@rule(
    "personal_data_in_log",
    "error",
    "D7",
    reason="Logs are copied, searched and kept by many; personal data in them is out of anybody's "
    "control (GDPR, article 5(1)(c): no more than is necessary).",
    advice="Leave the fields out, or replace them by pseudonyms whose key is kept apart.",
    bad={"components.served.pseudonymous": False},
    good={"components.served.stores": ["features", "predictions"]},
)
def personal_data_in_log(facts: Facts) -> Iterator[Found]:
    """Find where rows are left with personal fields as they are."""
    for name, component in facts.of_kind("log", "stream", "queue", "warehouse", "monitor"):
        fields = _personal(facts, component)
        if fields and not component.pseudonymous:
            yield f"components.{name}.stores", f"stores {', '.join(fields)} as they are"


@rule(
    "personal_data_kept",
    "warning",
    "D7",
    reason="Personal data may be kept no longer than it is needed (GDPR, article 5(1)(e)), and "
    "what is not kept cannot leak.",
    advice="State how long it is kept (retention), and delete it then.",
    bad={"components.features.stores": ["user_id"]},
    good={"components.features.stores": ["user_id"], "components.features.retention": "30 days"},
)
def personal_data_kept(facts: Facts) -> Iterator[Found]:
    """Find personal fields that are kept without an end."""
    for name, component in facts.components.items():
        fields = _personal(facts, component)
        if fields and component.retention is None and component.lives is None:
            yield f"components.{name}.retention", f"keeps {', '.join(fields)} without an end"


def _personal(facts: Facts, component: Component) -> list[str]:
    return [field for field in component.stores if field in facts.requirement.personal_data]
