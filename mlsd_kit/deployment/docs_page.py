"""The page that describes a service, made of its OpenAPI document; it loads nothing."""

from __future__ import annotations

import json
from html import escape
from typing import Any

STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 54rem; margin: 2rem auto; padding: 0 1rem }
details { border: 1px solid #ccc; border-radius: 6px; margin: .6rem 0; padding: .5rem .8rem }
summary { cursor: pointer } code, pre, textarea { font: 14px/1.4 ui-monospace, monospace }
pre, textarea { background: #f6f6f6; padding: .6rem; overflow: auto; border: 0 }
textarea { width: 100%; height: 9rem; box-sizing: border-box }
table { border-collapse: collapse } td { padding: .1rem .8rem .1rem 0; vertical-align: top }
.method { display: inline-block; min-width: 3.5rem; font-weight: 700 }
"""
SCRIPT = """
for (const form of document.forms) form.onsubmit = async (event) => {
  event.preventDefault();
  const [method, path] = [form.dataset.method, form.dataset.path];
  const body = form.body ? form.body.value : undefined;
  const headers = body === undefined ? {} : {"content-type": "application/json"};
  const started = performance.now();
  const answer = await fetch(path, {method, body, headers});
  const ms = (performance.now() - started).toFixed(1);
  form.querySelector("pre").textContent =
    `${answer.status} ${answer.statusText}, ${ms} ms\\n` + await answer.text();
};
"""


def docs_page(document: dict[str, Any]) -> str:
    """Draw a service's description as HTML: its routes, what they take, and a form to try each.

    Args:
        document: in OpenAPI 3.1.
    """
    info = document["info"]
    title = f"{escape(info['title'])} <small>{escape(info['version'])}</small>"
    routes = "".join(
        _route(document, method, path, operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    )
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{escape(info["title"])}'
        f"</title><style>{STYLE}</style><h1>{title}</h1>"
        '<p>The machine-readable description is <a href="openapi.json">openapi.json</a>.</p>'
        f"{routes}<script>{SCRIPT}</script></html>"
    )


def _route(document: dict[str, Any], method: str, path: str, operation: dict[str, Any]) -> str:
    statuses = "".join(
        f"<tr><td><code>{status}</code></td><td>{escape(told['description'])}</td></tr>"
        for status, told in operation["responses"].items()
    )
    schema = field = ""
    if "requestBody" in operation:
        taken = operation["requestBody"]["content"]["application/json"]["schema"]
        resolved = _resolved(document, taken)
        shown = json.dumps(resolved, indent=1)
        example = json.dumps(_example(resolved), indent=1)
        schema = (
            f"<details><summary>Schema of the body</summary><pre>{escape(shown)}</pre></details>"
        )
        field = f'<textarea name="body" aria-label="body">{escape(example)}</textarea>'
    return (
        f'<details><summary><span class="method">{method.upper()}</span> <code>{escape(path)}'
        f"</code> {escape(operation['summary'])}</summary><table>{statuses}</table>{schema}"
        f'<form data-method="{method.upper()}" data-path="{escape(path)}">{field}'
        "<button>Send</button><pre></pre></form></details>"
    )


def _resolved(document: dict[str, Any], schema: Any) -> Any:
    if isinstance(schema, list):
        return [_resolved(document, part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return _resolved(document, document["components"]["schemas"][name])
    return {key: _resolved(document, part) for key, part in schema.items()}


def _example(schema: dict[str, Any]) -> Any:
    """A value that the schema takes."""
    if "oneOf" in schema:
        return _example(schema["oneOf"][0])
    kind = schema["type"]
    if kind == "object":
        return {name: _example(part) for name, part in schema["properties"].items()}
    if kind == "array":
        return [_example(schema["items"])]
    return "text" if kind == "string" else 1
