"""A small sign for each kind of component: SVG path data in a square of 12 by 12."""

from __future__ import annotations

_CYLINDER = "M2 3a4 1.6 0 1 0 8 0a4 1.6 0 1 0 -8 0V9a4 1.6 0 0 0 8 0V3"
_SERVER = "M2 2H10V5.4H2ZM2 6.6H10V10H2ZM3.6 3.7H5M3.6 8.3H5"
_FAN = "M1.5 6H4.5L7.5 2.5H10.5M4.5 6H10.5M4.5 6L7.5 9.5H10.5"
_LINES = "M2 2.5H10M2 5H10M2 7.5H10M2 10H7"
_PERSON = (
    "M4 3.4a2 2 0 1 0 4 0a2 2 0 1 0 -4 0"
    "M2 10.6V9.4A2.6 2.6 0 0 1 4.6 7H7.4A2.6 2.6 0 0 1 10 9.4V10.6"
)

ICONS = {
    "client": _PERSON,
    "human_review": _PERSON,
    "network": _FAN,
    "load_balancer": _FAN,
    "gateway": _FAN,
    "service": _SERVER,
    "ranker": "M2 10V2M4.6 10V4M7.2 10V6M9.8 10V8",
    "retrieval_index": "M1.5 5a3.5 3.5 0 1 0 7 0a3.5 3.5 0 1 0 -7 0M7.6 7.6L10.8 10.8",
    "feature_store": _CYLINDER,
    "database": _CYLINDER,
    "warehouse": _CYLINDER,
    "cache": "M7 1L2.5 7H5.5L5 11L9.5 5H6.5Z",
    "queue": "M1.5 3H4V9H1.5ZM4.8 3H7.2V9H4.8ZM8 3H10.5V9H8Z",
    "stream": "M1 4C3 2 4 6 6 4S9 2 11 4M1 8C3 6 4 10 6 8S9 6 11 8",
    "log": _LINES,
    "batch_job": "M1.5 6a4.5 4.5 0 1 0 9 0a4.5 4.5 0 1 0 -9 0M6 3.2V6L8 7.4",
    "trainer": "M2 10L5 6L7 8L10.5 2M7.8 2H10.5V4.7",
    "model_registry": "M1.5 4L6 1.8L10.5 4V8.4L6 10.6L1.5 8.4ZM1.5 4L6 6.2L10.5 4M6 6.2V10.6",
    "monitor": "M1 6.5H3.5L5 2.5L7 10L8.4 6.5H11",
    "experiment": "M4.5 1.5V5L2 10.5H10L7.5 5V1.5M3.8 1.5H8.2",
    "rules": "M2 3L3.2 4.2L5 1.8M6.5 3H10.5M2 8.5L3.2 9.7L5 7.3M6.5 8.5H10.5",
}
