"""Every command on the pages for users is run, page by page, as a reader would who types it.

A block ```` ```sh ```` is run by a shell that stops at the first failure, a block ```` ```python ````
by Python; ```` ```python my.py ```` is a file that is saved, and ```` ```json name ````,
```` ```toml name ```` and so on are too. All blocks of a page are done in order, in an empty folder in
which the clone is found. A block ```` ```text ```` right after one of Python is what that prints;
``ONRECORD_UPDATE_DOCS=1 pytest tests/test_docs.py`` writes it anew. Others, and blocks without a word,
are pictures. What needs an installation of its own is in blocks ```` ```sh not-here ````; the test below
says for each why, and what runs it instead.
"""

from __future__ import annotations

import itertools
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
NOT_HERE = {
    "make ": "the Makefile's targets are what .ci/run runs",
    ".venv-models/": "make test-models installs torch and runs this baseline",
    "pip install": "installing is what make does",
    "python3 -m venv": "as above",
    ".venv/bin/python -m": "as above, and the leaderboard has tests of its own",
    ".venv-server/bin/python -m pip": "as above",
    "onrecord predict baselines/rules.py --articles archive.jsonl -o ray.jsonl --engine": "make test-cluster",
    "onrecord predict baselines/rules.py --articles archive.jsonl -o cluster.jsonl --engine": "as above",
    "export RAY_": "a cluster of several machines; make test-cluster has one on this machine",
    "ray ": "as above",
    "python -m llama_cpp.server": "a model’s weights are not here; tests/llm has a server",
    "export LOCAL_": "as above",
    "inspect eval onrecord/articles --model anthropic": "needs a key",
    "inspect eval onrecord/articles --model openai-api": "needs the server above",
}
"""How a line begins that stands in a block that is not run here, and why."""


class Block(NamedTuple):
    start: int
    end: int
    line: int
    language: str
    name: str
    code: str


def blocks(page: Path) -> list[Block]:
    found = []
    text = page.read_text(encoding="utf-8")
    for match in re.finditer(r"^```(\w*)[ ]?([^\n`]*)\n(.*?)^```$", text, re.M | re.S):
        line = text.count("\n", 0, match.start()) + 1
        found.append(Block(*match.span(), line, match[1], match[2].strip(), match[3]))
    return found


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_what_a_page_says_can_be_done(page: Path, tmp_path: Path) -> None:
    (tmp_path / "onrecord").symlink_to(ROOT, target_is_directory=True)  # the folder above a clone
    for name in ("eval", "annotation", "baselines", "seeds", "data"):
        (tmp_path / name).symlink_to(ROOT / name, target_is_directory=True)
    environment = {
        **os.environ,
        "ONRECORD_ROOT": str(ROOT),
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "HF_HOME": str(tmp_path / ".cache"),
        "PYTHONWARNINGS": "",
    }
    done = 0
    text = page.read_text(encoding="utf-8")
    printed: list[tuple[Block, str]] = []
    listed = blocks(page)
    for block, after in itertools.zip_longest(listed, listed[1:]):
        where = f"{page.name}:{block.line}"
        if block.name == "not-here":
            for command in block.code.splitlines():
                assert command.lstrip("# ").startswith(tuple(NOT_HERE)), f"{where}: {command}"
            continue
        if block.name:
            (tmp_path / block.name).write_text(block.code, encoding="utf-8")
            continue
        if block.language == "sh":
            command = ["bash", "-euo", "pipefail", "-c", block.code]
        elif block.language == "python":
            command = [sys.executable, "-c", block.code]
        else:
            assert block.language in {"", "text"}, f"{where}: {block.language} has no name"
            continue
        ran = subprocess.run(
            command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=300
        )
        assert ran.returncode == 0, f"{where}:\n{ran.stdout}\n{ran.stderr}"
        done += 1
        follows = after is not None and not text[block.end : after.start].strip()
        if (
            block.language == "python"
            and follows
            and after is not None
            and after.language == "text"
        ):
            printed.append((after, "".join(f"{x.rstrip()}\n" for x in ran.stdout.splitlines())))
    if os.environ.get("ONRECORD_UPDATE_DOCS"):
        for shown, output in reversed(printed):
            text = f"{text[: shown.start]}```text\n{output}```{text[shown.end :]}"
        page.write_text(text, encoding="utf-8")
    else:
        for shown, output in printed:
            assert shown.code == output, f"{page.name}:{shown.line}"
    assert done or page.name in {"design.md", "coverage.md", "power.md"}


def test_every_link_between_pages_leads_somewhere() -> None:
    for page in [*PAGES, ROOT / "CONTRIBUTING.md", ROOT / "DATASHEET.md"]:
        text = page.read_text(encoding="utf-8")
        for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", text):
            if "://" not in target:
                assert (page.parent / target).exists(), f"{page.name}: {target}"
