"""A form of a few fields and buttons."""

from __future__ import annotations

import traitlets

from mlsd_kit.practice.desk.part import Part, script


class Form(Part):
    """Sends ``{"do": button, field: value, …}``, all values as text.

    A field has a ``name``, a ``label`` and a ``kind``: ``select`` with its ``options`` (pairs of
    value and label), ``area``, or an input's type. It may have a ``value``, a ``hint``, or
    ``hints`` by the value of the field ``hint_by``; ``clears`` empties it when ``taken`` grows,
    and until then it is the form's ``draft``.
    A button has a ``name``, a ``label``, and perhaps a question to ``confirm``.
    """

    _esm = script("form")
    heading = traitlets.Unicode().tag(sync=True)
    fields = traitlets.List(traitlets.Dict()).tag(sync=True)
    buttons = traitlets.List(traitlets.Dict()).tag(sync=True)
    listed = traitlets.List(traitlets.Unicode()).tag(sync=True)
    """Lines below the form."""
    busy = traitlets.Bool(False).tag(sync=True)
    """The buttons do nothing."""
    taken = traitlets.Int(0).tag(sync=True)
