"""The folder of another event: a corpus of its own, laid out as a clone is, with nothing in it yet.

Registry, targets, utterances and scores are those of one event, so that each event is a folder of
its own and nothing of two events mixes.
"""

from __future__ import annotations

import re

import msgspec

from onrecord.corpus.exports.scheme import with_targets
from onrecord.corpus.gold import RENAMED
from onrecord.dataset.scheme import read_scheme
from onrecord.exceptions import InvalidInput
from onrecord.probes.files import PROBE_CONFIGS

_CARD = """\
---
pretty_name: {name}
language:
- en
---

# {name}

Who is mentioned, who said what, and who stands where, in reports of one event: annotated by the rules in
[annotation/guidelines.md](annotation/guidelines.md) and made with OnRecord.
"""


def make_event(name: str) -> dict[str, bytes]:
    """The files of an empty corpus by their path in its folder.

    It declares the same configs and features, but for those of probes and renamed articles;
    guidelines and label config are this project's,
    without targets. Seeds, registry and targets are empty.

    Args:
        name: the dataset's name, for its card.

    Raises:
        InvalidInput: the name is no such name.
    """
    if not re.fullmatch(r"\w[\w .-]*", name):
        raise InvalidInput(f"{name!r} is not letters, digits, spaces, _ . and -", field="name")
    config = with_targets(read_scheme("annotation/label_config.xml"), ())
    features = re.sub(
        r"(description: sha256:)[0-9a-f]+",
        r"\1",
        _declared_for_any(read_scheme(".huggingface.yaml")),
    )
    return {
        "README.md": _CARD.format(name=name).encode(),
        ".huggingface.yaml": features.encode(),
        "annotation/guidelines.md": read_scheme("annotation/guidelines.md").encode(),
        "annotation/label_config.xml": config.encode(),
        "annotation/registry.jsonl": b"",
        "annotation/targets.jsonl": b"",
        "seeds/manifest.jsonl": b"",
    }


def _declared_for_any(declared: str) -> str:
    """The declared configs and features without those of probes and renamed articles, which are this project's."""
    names = "|".join((*PROBE_CONFIGS, *msgspec.structs.astuple(RENAMED)))
    return re.sub(rf"^- config_name: (?:{names})\n(?:  .*\n)*", "", declared, flags=re.M)
