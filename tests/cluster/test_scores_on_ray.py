"""``onrecord score --engine ray`` and ``compare``: the scores of one process, to the last bit."""

from __future__ import annotations

from typing import Any

import pytest
from command import onrecord_command

RULES, CRF = "eval/predictions/rules.jsonl", "eval/predictions/crf.jsonl"


@pytest.mark.parametrize("command", [["score", RULES], ["compare", RULES, CRF]], ids=str)
def test_a_cluster_scores_as_one_process_does(cluster: Any, command: list[str]) -> None:
    one = onrecord_command(*command, "--json")
    other = onrecord_command(*command, "--json", "--engine", "ray", "--address", cluster.address)
    assert one.returncode == other.returncode == 0, other.stderr
    assert other.stdout == one.stdout
    assert other.stderr == one.stderr
