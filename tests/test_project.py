"""The project itself: light to import, clean of secrets and machine paths, documented."""

from __future__ import annotations

import ast
import importlib.metadata
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.specifiers import SpecifierSet

import onrecord
from onrecord.systems.run import read_about


def tracked(root: Path) -> list[Path]:
    """The project's own files, whether or not this is a git checkout."""
    made = {".git", ".venv", ".venv-server", ".labelstudio", "__pycache__", "local", ".hypothesis"}
    made |= {".venv-models", ".pytest_cache", ".mypy_cache", ".ruff_cache"}
    return [
        path
        for path in sorted(root.rglob("*"))
        if path.is_file() and not made & set(path.relative_to(root).parts)
    ]


def test_the_public_interface_is_what_is_listed() -> None:
    assert sorted(onrecord.__all__, key=lambda n: (not n.isupper(), n)) == onrecord.__all__
    for name in onrecord.__all__:
        value = getattr(onrecord, name)
        assert not callable(value) or value.__doc__, name


def test_importing_stays_light() -> None:
    """No model, server, dataset or plotting library is imported before it is used."""
    heavy = ["scipy", "numpy", "seqeval", "sklearn", "datasets", "pandas", "label_studio_sdk"]
    heavy += ["rich", "pytest", "httpx", "matplotlib", "spacy"]
    code = (
        f"import sys, onrecord, onrecord.cli.main; print([m for m in {heavy} if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_every_module_says_what_it_is(root: Path) -> None:
    for path in [*root.glob("onrecord/**/*.py"), *root.glob("baselines/*.py")]:
        assert path.read_text(encoding="utf-8").startswith('"""'), path


def test_what_is_pinned_installs_on_the_oldest_python() -> None:
    """Also on its first releases, such as the 3.11.2 of Debian 12."""
    for found in importlib.metadata.distributions():
        asked = SpecifierSet(found.metadata["Requires-Python"] or "")
        assert asked.contains("3.11.0"), (found.metadata["Name"], found.version)


def test_constraints_are_exact_and_name_no_address(root: Path) -> None:
    for path in (root / "constraints").iterdir():
        for line in path.read_text().splitlines():
            assert re.fullmatch(r"[A-Za-z0-9._-]+==[A-Za-z0-9.!+_-]+", line), (path, line)


def test_every_dependency_is_constrained(root: Path) -> None:
    project = tomllib.loads((root / "pyproject.toml").read_text())["project"]
    pinned = {
        line.partition("==")[0].lower().replace("_", "-")
        for path in (root / "constraints").iterdir()
        for line in path.read_text().splitlines()
    }
    extras = [name for extra in project["optional-dependencies"].values() for name in extra]
    for requirement in [*project["dependencies"], *extras]:
        name = re.split(r"[^\w.-]", requirement)[0].lower()
        assert name == "onrecord" or name in pinned, requirement


def test_versions_agree(root: Path) -> None:
    project = tomllib.loads((root / "pyproject.toml").read_text())["project"]
    assert project["version"] == onrecord.__version__
    assert f"## {onrecord.__version__}" in (root / "CHANGELOG.md").read_text()


def test_no_file_holds_a_secret_an_address_of_a_person_or_a_path_of_a_machine(root: Path) -> None:
    pattern = re.compile(
        r"/(?:root|home|Users|work)/\w|(?:pythonhosted|npmjs)\.org|pypi\.org/simple"
        r"|BEGIN [A-Z ]*PRIVATE KEY|\b[0-9a-f]{40}\b(?!\w)"
    )
    allowed = {"commit"}  # a result names the commit it was made from
    for path in tracked(root):
        if path.suffix in {".png"} or path == Path(__file__):
            continue
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            found = pattern.search(line)
            assert not found or any(word in line for word in allowed), (path, number, found)


def test_exports_hold_no_text_and_no_person(root: Path, gold: onrecord.Corpus) -> None:
    for path in (root / "annotation" / "exports").glob("*.json"):
        text = path.read_text(encoding="utf-8")
        assert "@" not in text
        for key in ("email", "completed_by", "token", "password", "created_at", "lead_time"):
            assert f'"{key}"' not in text
        for document in gold:
            assert document.text[:60] not in text


def test_the_pages_name_every_command_and_config(root: Path) -> None:
    readme = (root / "README.md").read_text(encoding="utf-8")
    listed = (root / "docs" / "commands.md").read_text(encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "onrecord", "--help"],
        capture_output=True,
        text=True,
        check=True,
    )
    commands = re.findall(r"^    (\w+)  ", done.stdout, re.MULTILINE)
    assert "score" in commands
    assert all(words in readme for words in ("make leaderboard", "make test"))
    for name in commands:
        assert f"onrecord {name}" in listed, name
    from onrecord.dataset.build import CONFIGS, RENAMED_CONFIGS
    from onrecord.probes.files import PROBE_CONFIGS

    configs = (root / "docs" / "python.md").read_text(encoding="utf-8")
    for config in (*CONFIGS, *RENAMED_CONFIGS.values(), *PROBE_CONFIGS):
        assert f"| `{config}`" in configs


def test_the_readmes_first_system_runs(root: Path, tmp_path: Path, gold: onrecord.Corpus) -> None:
    from onrecord.systems.run import load_system, run

    readme = (root / "README.md").read_text(encoding="utf-8")
    source = next(
        code for code in re.findall(r"```python\n(.*?)```", readme, re.DOTALL) if "predict" in code
    )
    assert len([line for line in source.splitlines() if line.strip()]) <= 10
    file = tmp_path / "my.py"
    file.write_text(source, encoding="utf-8")
    output = run(load_system(file), gold)
    assert output.failures == ()
    scores = onrecord.score(gold, output.documents)
    assert (scores.entities.f1 or 0) > 0
    assert (scores.quotes.f1 or 0) > 0


BASELINES = sorted((Path(__file__).parents[1] / "baselines").glob("*.py"))
PUBLIC_TO_SYSTEMS = {
    "MENTION_TYPES", "NAME_TYPES", "POLARITIES", "QUOTATION_MARKS", "VALUE_TYPES", "Document",
    "Mention", "Quote", "Span", "Stance", "Target", "Zone", "derive_form", "flatten",
    "link_names", "normalise_name", "passages", "tokenize",
}  # fmt: skip
PUBLIC_TO_TRAINED_SYSTEMS = PUBLIC_TO_SYSTEMS | {"Registry", "folds", "held_out", "load"}


def is_trained(file: Path) -> bool:
    """Whether the note of its rows says that it is trained on the gold."""
    return "leave-one-document-out on the gold's other articles" in (read_about(file).note or "")


def run_here(file: Path) -> bool:
    """Whether a baseline has rows and needs nothing but what the extra ``test`` installs."""
    project = tomllib.loads((file.parents[1] / "pyproject.toml").read_text())["project"]
    own = next(r for r in project["optional-dependencies"]["test"] if r.startswith("onrecord["))
    about = read_about(file)
    installed = about.extra is None or about.extra in re.split(r"[\[\],]", own)
    return installed and bool(about.variants)


@pytest.mark.parametrize("file", [*filter(run_here, BASELINES)], ids=lambda path: path.stem)
def test_a_baseline_reads_none_of_the_projects_files(file: Path, root: Path) -> None:
    """Whatever it opens while it is loaded and run is noted.

    Its own source and that of baselines which it imports are allowed, the dataset to one that says that it is trained on it (with the
    articles, whose hashes are compared when it is loaded), and to language models their prompts
    and the answers that they gave.
    """
    folders = [root / "data", root / "seeds"] if is_trained(file) else []
    if file.stem == "llm":
        folders = [root / "baselines" / "questions" / "prompts", root / "eval" / "answers"]
    allowed = ", ".join(repr(str(folder)) for folder in folders)
    options = next(iter(read_about(file).variants.values())).options
    code = f"""
import sys
import onrecord
from onrecord.systems import run as systems
from onrecord.corpus.corpus import load_articles
articles = load_articles({str(root)!r})
opened = []
sys.addaudithook(lambda event, args: opened.append(str(args[0])) if event == "open" else None)
output = systems.run(systems.load_system({str(file)!r}, {dict(options)!r}), articles)
assert not output.failures, output.failures
allowed = (sys.prefix, sys.base_prefix, {str(root / "onrecord")!r}, {allowed})
print([path for path in opened if path.startswith({str(root)!r})
       and not (path.startswith({str(file.parent)!r}) and path.endswith(".py"))
       and "__pycache__" not in path
       and not path.startswith(allowed)])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


@pytest.mark.parametrize("file", BASELINES, ids=lambda path: path.stem)
def test_a_baseline_uses_only_what_is_meant_for_systems(file: Path) -> None:
    public = PUBLIC_TO_TRAINED_SYSTEMS if is_trained(file) else PUBLIC_TO_SYSTEMS
    tree = ast.parse(file.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("onrecord"):
            if file.stem == "llm" and node.module == "onrecord.llm.raw":
                continue  # raw answers, which only this file reads
            assert node.module == "onrecord"
            assert {alias.name for alias in node.names} <= public
        if isinstance(node, ast.Import):
            assert not any(alias.name.startswith("onrecord") for alias in node.names)
        if isinstance(node, ast.Name):
            assert node.id not in {"open", "__import__", "eval", "exec"}


def test_no_pattern_repeats_a_group_possessively(root: Path) -> None:
    """``(...)*+`` finds less in early releases of Python 3.11 than in later ones, so that rows differ."""
    for path in (*BASELINES, *(root / "onrecord").rglob("*.py")):
        assert not re.search(r"\)[*+?]\+", path.read_text(encoding="utf-8")), path
