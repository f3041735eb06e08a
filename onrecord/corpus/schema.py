"""The format of a predictions file as a JSON Schema: of one line, made from the types that read it.

``python -m onrecord.corpus.schema > docs/predictions.schema.json`` makes the published file anew.

A schema says what one value may be. What needs the article (whether an offset is in the text), other
values (whether mentions overlap) or the corpus (which targets there are) only ``validate`` says.
"""

from __future__ import annotations

import inspect
import sys
from typing import Any

import msgspec

from onrecord.corpus.files import DocumentRecord, encode_json
from onrecord.document import LAYERS, MENTION_TYPES, POLARITIES, VALUE_TYPES

DIALECT = "https://json-schema.org/draft/2020-12/schema"

_NO_ENTITY = {
    "if": {"properties": {"label": {"enum": list(VALUE_TYPES)}}, "required": ["label"]},
    "then": {"properties": {"entity": {"type": "null"}}},
}
"""A value refers to no entity."""


def line_schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of a line: the types of its fields and what these may hold."""
    (top,), types = msgspec.json.schema_components([DocumentRecord], ref_template="#/$defs/{name}")
    for schema in types.values():
        if "description" in schema:
            schema["description"] = _words(schema["description"])
    document, mention, quote, stance, span = (
        types[name]["properties"]
        for name in ("DocumentRecord", "Mention", "Quote", "Stance", "Span")
    )
    document["sha256"]["pattern"] = "^[0-9a-f]{64}$"
    document["layers"]["anyOf"][0] |= {"items": {"enum": list(LAYERS)}, "minItems": 1}
    mention["label"] = {"enum": list(MENTION_TYPES)}
    stance["polarity"] = {"enum": list(POLARITIES)}
    types["Mention"] |= _NO_ENTITY
    for properties in (mention, span):
        properties["start"]["minimum"] = 0
        properties["end"]["minimum"] = 1
    for spans in (quote["content"], stance["evidence"]):
        spans["minItems"] = 1
    named = (mention["entity"], quote["speaker"], quote["utterance"])
    for name in (quote["id"], stance["holder"], *(field["anyOf"][0] for field in named)):
        name["minLength"] = 1
    return {
        "$schema": DIALECT,
        "title": "A line of an OnRecord predictions file",
        **top,
        "$defs": types,
    }


def _words(docstring: str) -> str:
    """A docstring in one line, without its markup."""
    return " ".join(inspect.cleandoc(docstring).replace("``", "`").split())


if __name__ == "__main__":
    sys.stdout.buffer.write(encode_json(line_schema()))
