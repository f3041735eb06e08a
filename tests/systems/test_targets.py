"""Targets of one's own, in the forms in which one may write them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from onrecord.corpus.registry import Target
from onrecord.exceptions import InvalidInput
from onrecord.systems.targets import read_own_targets

TARGETS = (
    Target(id="quota", proposition="Norway should raise it."),
    Target(id="talks", proposition="Talk."),
)

FORMS = {
    "a.jsonl": '{"id": "quota", "proposition": "Norway should raise it."}\n'
    '{"id": "talks", "proposition": "Talk."}\n',
    "a.json": '[{"id": "quota", "proposition": "Norway should raise it."}, '
    '{"id": "talks", "proposition": "Talk."}]',
    "b.json": '{"quota": "Norway should raise it.", "talks": "Talk."}',
    "a.yaml": "- id: quota\n  proposition: Norway should raise it.\n- {id: talks, proposition: Talk.}\n",
    "b.yml": "quota: Norway should raise it.\ntalks: Talk.\n",
}


@pytest.mark.parametrize("name", FORMS)
def test_targets_are_read_from_every_form(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(FORMS[name])
    assert read_own_targets(tmp_path / name) == TARGETS


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.yaml", "- id: [", "a.yaml:1: not YAML: "),
        ("a.yaml", "5", "a.yaml: Expected `array`, got `int`"),
        ("a.yaml", "- id: quota\n", "a.yaml: [0]: Object missing required field `proposition`"),
        ("a.yaml", "", "a.yaml: Expected `array`, got `null`"),
        ("a.yaml", "quota: ''", "a.yaml: target 'quota' has an empty id or proposition"),
        ("a.jsonl", "", "a.jsonl: has no targets"),
        ("a.jsonl", '{"id": "x"}', "a.jsonl:1: x: Object missing required field `proposition`"),
        ("a.json", FORMS["a.json"].replace("talks", "quota"), "a.json: duplicate target 'quota'"),
        ("no.yaml", None, "no.yaml: no such file"),
    ],
)
def test_what_are_no_targets_is_refused_with_its_place(
    name: str, content: str | None, message: str, tmp_path: Path
) -> None:
    if content is not None:
        (tmp_path / name).write_text(content)
    with pytest.raises(InvalidInput, match=re.escape(message)):
        read_own_targets(tmp_path / name)
