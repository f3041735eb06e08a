"""The house: imports run one way, from the rooms on top down to the document at the ground.

``python tests/test_house.py`` prints the floors.
"""

from __future__ import annotations

import ast
import graphlib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

FLOORS: tuple[tuple[str, ...], ...] = (
    ("exceptions", "markup"),
    ("document",),
    ("corpus",),
    ("systems", "convert"),
    ("scoring",),
    ("annotation",),
    ("probes",),
    ("leaderboard", "llm"),
    ("dataset", "report"),
    ("onrecord",),  # the public surface: what ``import onrecord`` gives
    ("cli",),
    ("__main__",),
)
"""From the ground up; a room imports from lower floors alone, whether at its top or in a function."""


def modules() -> dict[str, Path]:
    """Every module of the library by its dotted name."""
    found = {}
    for path in sorted((ROOT / "onrecord").rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def imports(path: Path, known: dict[str, Path]) -> Iterator[str]:
    """The library's modules that a file imports, anywhere in it."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in known)
        elif isinstance(node, ast.ImportFrom) and node.module in known:
            assert node.level == 0, f"{path}: imports are absolute"
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                yield inner if inner in known else str(node.module)


GRAPH = {name: set(imports(path, modules())) - {name} for name, path in modules().items()}


def room(module: str) -> str:
    """The room that a module is in: the folder or file directly in ``onrecord/``."""
    parts = module.split(".")
    return parts[1] if len(parts) > 1 else parts[0]


def floor(module: str) -> int:
    return next(number for number, rooms in enumerate(FLOORS) if room(module) in rooms)


def test_every_room_has_a_floor() -> None:
    assert {room(module) for module in GRAPH} == {name for rooms in FLOORS for name in rooms}


def test_no_import_leads_up_or_across() -> None:
    wrong = [
        f"{module} imports {other}"
        for module, others in GRAPH.items()
        for other in others
        if room(module) != room(other) and floor(other) >= floor(module)
    ]
    assert wrong == []


def test_no_modules_import_each_other_in_a_circle() -> None:
    try:
        graphlib.TopologicalSorter(GRAPH).prepare()
    except graphlib.CycleError as error:
        pytest.fail(" -> ".join(error.args[1]))


def test_every_room_says_what_is_in_it_and_what_is_not() -> None:
    for name, path in modules().items():
        if path.name == "__init__.py" and name not in {"onrecord"}:
            said = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
            assert "Not here:" in " ".join(said.split()), name


def test_a_room_that_lists_its_modules_lists_all() -> None:
    for name, path in modules().items():
        said = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
        listed = set(re.findall(r"^``(\w+)``", said, re.MULTILINE))
        if listed and path.name == "__init__.py":
            inner = {
                other.rpartition(".")[2] for other in GRAPH if other.rpartition(".")[0] == name
            }
            assert listed == inner, name


def test_the_readmes_table_is_the_folders_of_the_library() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for entry in sorted((ROOT / "onrecord").iterdir()):
        if (entry.suffix == ".py" or any(entry.glob("*.py"))) and not entry.name.startswith("__"):
            assert f"| `{entry.stem}{'/' if entry.is_dir() else '.py'}`" in readme, entry.name


if __name__ == "__main__":
    for number, rooms in reversed(list(enumerate(FLOORS))):
        arrows = sorted(
            {
                f"{room(module)} -> {room(other)}"
                for module, others in GRAPH.items()
                for other in others
                if room(module) in rooms and room(module) != room(other)
            }
        )
        print(f"{number}  {', '.join(rooms)}   {'; '.join(arrows)}")
