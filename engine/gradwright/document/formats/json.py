"""JSON: the blocks as they are, for another program to render."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

from gradwright.document.blocks import Document
from gradwright.document.format import Format
from gradwright.messages import Math, Mono


def render(document: Document) -> str:
    """The document as JSON: ``{"title", "subtitle", "language", "blocks": [{"block": "text", ...}]}``."""
    return json.dumps(_value(document, named=False), ensure_ascii=False, indent=1) + "\n"


def _value(value: Any, named: bool = True) -> Any:
    if isinstance(value, Math):
        return {"latex": value.latex, "text": value.text}
    if isinstance(value, Mono):
        return {"mono": value.text}
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = {field.name: _value(getattr(value, field.name)) for field in dataclasses.fields(value)}
        return {"block": type(value).__name__.lower(), **fields} if named else fields
    return [_value(item) for item in value] if isinstance(value, tuple) else value


FORMAT = Format("json", ".json", "The blocks as JSON", render)
