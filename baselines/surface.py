"""Surface linking: names that are written alike are the same entity.

Licence: Apache-2.0. Source: this repository. Cost: milliseconds for all articles; no memory to
speak of. Setting: ``match=string`` joins names of the very same spelling; ``match=name`` (the
default) compares without case, diacritics, an article in front and a possessive at the end, and
lets the surname of a person alone join the one full name that ends in it, in the same article or
else in all of them.
It needs mentions and gives each name its entity; types count for nothing but the surnames.
What it finds was last changed on 2026-11-26; whoever wrote it had read no probe.
"""

import msgspec

from onrecord import link_names

layers = ("linking",)
variants = {
    "surface-string": {"options": {"match": "string"}, "given": ["mentions"]},
    "surface-name": {"options": {"match": "name"}, "given": ["mentions"]},
    "surface-name-rules": {"options": {"match": "name"}, "given": ["mentions=rules"]},
}


class Surface:
    """Links names by how they are written."""

    def __init__(self, match="name"):
        if match not in ("string", "name"):
            raise ValueError(f"match is {match!r}, neither 'string' nor 'name'")
        self.match = match

    def predict_all(self, documents, targets):
        """One document for each given, in order, whose names have entities."""
        names = [[(m.label, m.span.of(d.text)) for m in d.mentions] for d in documents]
        if self.match == "string":
            entities = [[name for _, name in found] for found in names]
        else:
            entities = link_names(names)
        return [
            document.with_layers(
                mentions=[
                    msgspec.structs.replace(m, entity=entity) if m.is_name else m
                    for m, entity in zip(document.mentions, found, strict=True)
                ]
            )
            for document, found in zip(documents, entities, strict=True)
        ]
