"""The canary: a string by which one can tell that a corpus or a model has seen this benchmark.

It stands in every record of the dataset, in every task of an export and on every page that is
generated, so that whoever collects text for training can leave these files out, and whoever
doubts a model can ask it for the GUID.
"""

from __future__ import annotations

from typing import Any

GUID = "fa31a30a-ca3e-48d3-8ed0-2cce4379f7a3"
CANARY = f"OnRecord benchmark data: do not train on this. canary GUID {GUID}"
"""What marks every record and every generated page."""


def marked(row: dict[str, Any]) -> dict[str, Any]:
    """The record of the dataset with the canary as its last field."""
    return {**row, "canary": CANARY}
