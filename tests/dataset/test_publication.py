"""What the dataset says of itself where others look it up: card, citation and canary."""

from __future__ import annotations

import importlib.resources
import tomllib
from pathlib import Path
from typing import Any

import msgspec
import msgspec.yaml
import pytest

from onrecord.corpus.canary import CANARY
from onrecord.dataset.build import CONFIGS, RENAMED_CONFIGS
from onrecord.probes.files import PROBE_CONFIGS

SUBTASKS = {
    "token-classification": {
        "named-entity-recognition", "part-of-speech", "parsing", "lemmatization",
        "word-sense-disambiguation", "coreference-resolution",
    },
}  # fmt: skip
"""The Hub's subtasks of a task (huggingface.js, packages/tasks/src/pipelines.ts)."""


ALL = (*CONFIGS, *RENAMED_CONFIGS.values(), *PROBE_CONFIGS)


@pytest.fixture(scope="module")
def citation(root: Path) -> dict[str, Any]:
    content: dict[str, Any] = msgspec.yaml.decode((root / "CITATION.cff").read_bytes())
    return content


@pytest.fixture(scope="module")
def card(root: Path) -> dict[str, Any]:
    from huggingface_hub import DatasetCard

    data: dict[str, Any] = DatasetCard.load(root / "README.md").data.to_dict()
    declared: dict[str, Any] = msgspec.yaml.decode((root / ".huggingface.yaml").read_bytes())
    assert not data.keys() & declared.keys()  # nothing is said twice
    return data | declared


@pytest.fixture(scope="module")
def croissant(root: Path) -> dict[str, Any]:
    content: dict[str, Any] = msgspec.json.decode((root / "data/croissant.json").read_bytes())
    return content


def known(name: str) -> Any:
    """A list of the Hub's names, as ``datasets`` carries it."""
    file = importlib.resources.files("datasets.utils.resources") / f"{name}.json"
    return msgspec.json.decode(file.read_bytes())


def test_the_citation_has_what_its_format_requires(citation: dict[str, Any]) -> None:
    """Citation File Format 1.2.0: four keys are required, and a list of licences is a choice."""
    assert {"cff-version", "message", "title", "authors"} <= set(citation)
    assert set(citation) <= {
        "cff-version", "type", "message", "title", "abstract", "authors", "version", "keywords", "license"
    }  # fmt: skip
    assert citation["cff-version"] == "1.2.0"
    assert citation["type"] == "dataset"
    assert citation["license"] == "CC-BY-4.0"
    assert len(set(citation["keywords"])) == len(citation["keywords"])


def test_the_citation_names_no_person_no_date_and_no_doi(citation: dict[str, Any]) -> None:
    assert citation["authors"] == [{"name": "The developers of OnRecord"}]
    assert not {"doi", "identifiers", "date-released", "contact", "url"} & set(citation)


def test_one_version_everywhere(
    root: Path, citation: dict[str, Any], card: dict[str, Any], croissant: dict[str, Any]
) -> None:
    version = tomllib.loads((root / "pyproject.toml").read_text())["project"]["version"]
    assert citation["version"] == version
    assert croissant["version"] == version
    assert {config["version"] for config in card["configs"]} == {version}
    assert f"version = {{{version}}}" in croissant["citeAs"]


def test_croissant_agrees_with_citation_and_card(
    citation: dict[str, Any], card: dict[str, Any], croissant: dict[str, Any]
) -> None:
    assert croissant["name"] == card["pretty_name"]
    assert citation["title"].startswith(f"{card['pretty_name']}: ")
    assert citation["title"] in croissant["citeAs"]
    assert croissant["description"] == f"{citation['abstract']} {CANARY}"
    assert croissant["keywords"] == citation["keywords"]
    assert croissant["inLanguage"] == card["language"] == ["en"]
    assert [author["name"] for author in croissant["creator"]] == [
        author["name"] for author in citation["authors"]
    ]
    assert croissant["license"][0] == "https://creativecommons.org/licenses/by/4.0/"
    assert "no licence is granted" in croissant["license"][1]["description"]


def test_the_card_uses_the_hubs_names(card: dict[str, Any]) -> None:
    from datasets.utils.metadata import known_task_ids

    assert set(card["task_categories"]) <= set(known_task_ids)
    assert set(card["task_ids"]) <= SUBTASKS["token-classification"]
    assert set(card["annotations_creators"]) <= set(known("creators")["annotations"])
    assert set(card["language_creators"]) <= set(known("creators")["language"])
    assert set(card["multilinguality"]) <= set(known("multilingualities"))
    assert set(card["size_categories"]) <= set(known("size_categories"))
    assert set(card["language"]) <= set(known("languages"))
    assert card["source_datasets"] == ["original"]


def test_the_card_says_what_is_true(root: Path, card: dict[str, Any]) -> None:
    assert card["annotations_creators"] == ["machine-generated"]
    assert card["language_creators"] == ["found", "machine-generated"]
    assert card["multilinguality"] == ["monolingual"]
    assert (card["license"], card["license_name"]) == ("other", "mixed")
    assert (root / card["license_link"]).is_file()
    assert tuple(config["config_name"] for config in card["configs"]) == ALL
    assert tuple(info["config_name"] for info in card["dataset_info"]) == ALL
    rows = sum(
        len((root / "data" / config / "test.jsonl").read_bytes().splitlines()) for config in ALL
    )
    assert card["size_categories"] == ["1K<n<10K"]
    assert 1000 < rows < 10_000


PAGES = ["README.md", "DATASHEET.md", "data/croissant.json", "data/STATISTICS.md"]
PAGES += ["eval/LEADERBOARD.md", *(f"data/figures/{n}.svg" for n in ("mentions", "stances"))]


@pytest.mark.parametrize("file", PAGES)
def test_a_page_carries_the_canary(file: str, root: Path) -> None:
    assert CANARY in (root / file).read_text(encoding="utf-8")


def test_every_file_and_line_of_the_data_carries_the_canary(root: Path) -> None:
    for path in sorted((root / "data").rglob("*.json*")):
        text = path.read_text(encoding="utf-8")
        assert CANARY in text, path
        if path.suffix == ".jsonl":
            for number, line in enumerate(text.split("\n")[:-1], start=1):
                assert CANARY in line, (path, number)


def test_every_task_of_an_export_carries_the_canary(root: Path) -> None:
    for path in sorted((root / "annotation" / "exports").glob("*.json")):
        for task in msgspec.json.decode(path.read_bytes()):
            assert CANARY in msgspec.json.encode(task["data"]).decode(), (path, task["data"]["id"])
