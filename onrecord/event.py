"""The folder of another event: a corpus of its own, laid out as a clone is, with nothing in it yet.

Registry, targets, utterances and scores are those of one event, so that each event is a folder of
its own and nothing of two events mixes.
"""

from __future__ import annotations

import re
from pathlib import Path

from onrecord.errors import InvalidInput
from onrecord.files import read_text
from onrecord.labelstudio.scheme import with_targets

_CARD = """\
---
pretty_name: {name}
language:
- en
{features}
---

# {name}

Who is mentioned, who said what, and who stands where, in reports of one event: annotated by the rules in
[annotation/guidelines.md](annotation/guidelines.md) and made with OnRecord.
"""


def make_event(root: Path, name: str) -> dict[str, bytes]:
    """The files of an empty corpus by their path in its folder.

    The card declares the configs and features of the clone's own; guidelines and label config are
    the clone's, without targets. Seeds, registry and targets are empty.

    Args:
        root: the clone whose scheme is taken over.
        name: the dataset's name, for its card.

    Raises:
        InvalidInput: the name is no such name, or a file of the clone is missing.
    """
    if not re.fullmatch(r"\w[\w .-]*", name):
        raise InvalidInput(f"{name!r} is not letters, digits, spaces, _ . and -", field="name")
    annotation = root / "annotation"
    config = with_targets(read_text(annotation / "label_config.xml"), ())
    return {
        "README.md": _CARD.format(name=name, features=_features(root / "README.md")).encode(),
        "annotation/guidelines.md": read_text(annotation / "guidelines.md").encode(),
        "annotation/label_config.xml": config.encode(),
        "annotation/registry.jsonl": b"",
        "annotation/targets.jsonl": b"",
        "seeds/manifest.jsonl": b"",
    }


def _features(card: Path) -> str:
    """The configs and their features as a card declares them, without the hashes of its files."""
    head = re.match(r"---\n.*?^(configs:\n.*?)\n---\n", read_text(card), re.DOTALL | re.MULTILINE)
    if head is None:
        raise InvalidInput("has no configs between two lines of ---", file=card)
    return re.sub(r"(description: sha256:)[0-9a-f]+", r"\1", head[1])
