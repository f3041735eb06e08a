"""The Croissant description, loaded by mlcroissant and compared with the files it describes.

``mlcroissant validate`` accepts a wrong hash, a missing file and a wrong column, so nothing less
than loading every record set shows that the description is right.
"""

from __future__ import annotations

import shutil
import socket
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from onrecord.corpus.canary import CANARY
from onrecord.dataset.build import CONFIGS, RENAMED_CONFIGS
from onrecord.dataset.croissant import CONFORMS_TO, KEYS, describe
from onrecord.exceptions import InvalidInput
from onrecord.probes.files import PROBE_CONFIGS

# rdflib's own JSON-LD parser, under mlcroissant, uses a class of rdflib that rdflib deprecates.
pytestmark = pytest.mark.filterwarnings(
    r"ignore:ConjunctiveGraph is deprecated:DeprecationWarning:rdflib\.plugins\.parsers\.jsonld"
)

DOCUMENTS = {"quotes": {"content"}, "stances": {"evidence"}}
ITEMS = {"spans", "quotes"}
LIKE = {name: of for of, name in RENAMED_CONFIGS.items()}
LISTS_WITHIN_LISTS = {
    "documents": DOCUMENTS,
    "probes": DOCUMENTS | {"focus": ITEMS, "decoys": ITEMS},
}
"""What record sets leave out: by config and field, the lists within its items."""

ALL = (*CONFIGS, *RENAMED_CONFIGS.values(), *PROBE_CONFIGS)

Rows = list[dict[str, Any]]
Change = Callable[[dict[str, Any]], None]


@pytest.fixture
def data(root: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(root / "data", tmp_path / "data"))


@pytest.fixture(autouse=True)
def offline(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("the network was used")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


def read(data: Path) -> dict[str, Any]:
    description: dict[str, Any] = msgspec.json.decode((data / "croissant.json").read_bytes())
    return description


def read_rows(data: Path, config: str) -> Rows:
    rows: Rows = msgspec.json.Decoder().decode_lines((data / config / "test.jsonl").read_bytes())
    return rows


def load(data: Path) -> dict[str, Rows]:
    """The rows of every record set, as mlcroissant gives them, in the form of the files' rows."""
    import mlcroissant

    dataset = mlcroissant.Dataset(data / "croissant.json")
    ids = [record_set.id for record_set in dataset.metadata.record_sets]
    return {id: [as_row(record, id) for record in dataset.records(id)] for id in ids}


def as_row(record: dict[str, Any], config: str) -> dict[str, Any]:
    """A record without the ids' prefixes; of a struct within a list mlcroissant makes a dict of lists."""
    row: dict[str, Any] = {}
    for id, value in record.items():
        name, *inner = id.removeprefix(f"{config}/").split("/")
        if not inner:
            row[name] = plain(value)
            continue
        columns = plain(value)
        for number, item in enumerate(row[name]):
            item[inner[0]] = or_none({key: column[number] for key, column in columns.items()})
    return row


def plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return value.decode("utf-8")
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return or_none({key.rpartition("/")[2]: plain(item) for key, item in value.items()})
    return value


def or_none(struct: dict[str, Any]) -> dict[str, Any] | None:
    return None if all(value is None for value in struct.values()) else struct


def without_lists_within_lists(row: dict[str, Any], config: str) -> dict[str, Any]:
    return row | {
        name: [
            {key: value for key, value in item.items() if key not in inner} for item in row[name]
        ]
        for name, inner in LISTS_WITHIN_LISTS.get(LIKE.get(config, config), {}).items()
    }


def expected(data: Path) -> dict[str, Rows]:
    return {
        config: [without_lists_within_lists(row, config) for row in read_rows(data, config)]
        for config in ALL
    }


def test_every_record_set_loads_as_the_rows_of_its_file(data: Path) -> None:
    loaded = load(data)
    assert set(loaded) == set(ALL)
    for config, rows in expected(data).items():
        assert loaded[config] == rows, config


def test_what_documents_leaves_out_is_in_quotes_and_stances(data: Path) -> None:
    loaded = load(data)
    rows = read_rows(data, "documents")

    def spans(row: dict[str, Any], name: str) -> list[tuple[int, int]]:
        return [(span["start"], span["end"]) for span in row[name]]

    assert {
        (row["doc_id"], row["quote_id"]): spans(row, "content") for row in loaded["quotes"]
    } == {
        (row["id"], quote["id"]): spans(quote, "content") for row in rows for quote in row["quotes"]
    }
    assert {
        (row["doc_id"], row["holder"], row["target"]): spans(row, "evidence")
        for row in loaded["stances"]
    } == {
        (row["id"], stance["holder"], stance["target"]): spans(stance, "evidence")
        for row in rows
        for stance in row["stances"]
    }


def set_column(description: dict[str, Any]) -> None:
    description["recordSet"][2]["field"][0]["source"]["extract"]["column"] = "document"


def set_other_column(description: dict[str, Any]) -> None:
    description["recordSet"][2]["field"][0]["source"]["extract"]["column"] = "quote_id"


def set_json_path(description: dict[str, Any]) -> None:
    content = description["recordSet"][2]["field"][3]
    content["subField"][0]["source"]["transform"]["jsonPath"] = "begin"


def set_hash(description: dict[str, Any]) -> None:
    description["distribution"][2]["sha256"] = description["distribution"][3]["sha256"]


def set_url(description: dict[str, Any]) -> None:
    description["distribution"][2]["contentUrl"] = "quotes/train.jsonl"


def set_type(description: dict[str, Any]) -> None:
    description["recordSet"][2]["field"][0]["dataType"] = "sc:Integer"


def write_changed(change: Change, data: Path) -> None:
    description = read(data)
    assert description["recordSet"][2]["@id"] == "quotes"
    change(description)
    (data / "croissant.json").write_bytes(msgspec.json.encode(description))


def assert_does_not_load(data: Path, cause: str) -> None:
    from mlcroissant._src.core.issues import GenerationError

    with pytest.raises(GenerationError) as caught:
        load(data)
    error: BaseException = caught.value
    while error.__cause__ is not None:
        error = error.__cause__
    assert cause in str(error)


@pytest.mark.parametrize(
    ("change", "cause"),
    [
        (set_column, 'Column "document" does not exist'),
        (set_type, "invalid literal for int"),
        (set_hash, "Hash of downloaded file"),
        (set_url, "invalid path"),
    ],
)
def test_a_wrong_column_type_hash_or_file_does_not_load(
    change: Change, cause: str, data: Path
) -> None:
    write_changed(change, data)
    assert_does_not_load(data, cause)


@pytest.mark.parametrize("change", [set_other_column, set_json_path])
def test_another_column_or_path_loads_as_other_rows(change: Change, data: Path) -> None:
    write_changed(change, data)
    loaded = load(data)
    rows = expected(data)
    assert loaded.pop("quotes") != rows.pop("quotes")
    assert loaded == rows


def test_a_changed_or_missing_file_does_not_load(data: Path) -> None:
    file = data / "quotes" / "test.jsonl"
    content = file.read_bytes()
    file.write_bytes(content.replace(b'"form":"direct"', b'"form":"indirect"', 1))
    assert_does_not_load(data, "Hash of downloaded file")
    file.unlink()
    assert_does_not_load(data, "invalid path")


def test_all_that_mlcroissant_misses_is_a_date(data: Path) -> None:
    """No date of a release exists, so none is given."""
    import mlcroissant

    issues = mlcroissant.Dataset(data / "croissant.json").metadata.ctx.issues
    assert not issues.errors
    assert [warning.rpartition("] ")[2] for warning in issues.warnings] == [
        'Property "https://schema.org/datePublished" is recommended, but does not exist.'
    ]


def test_the_context_is_that_of_the_standard(data: Path) -> None:
    from mlcroissant._src.core.context import Context, CroissantVersion
    from mlcroissant._src.core.rdf import make_context

    description = read(data)
    assert description["conformsTo"] == list(CONFORMS_TO)
    context = make_context(Context(conforms_to=CroissantVersion(CONFORMS_TO[0])))
    assert description["@context"] == context


def test_every_responsible_ai_property_is_in_the_vocabulary_and_is_read(data: Path) -> None:
    import mlcroissant
    from mlcroissant._src.core import constants

    vocabulary = {
        str(value).removeprefix(str(constants.RAI))
        for name, value in vars(constants).items()
        if name.startswith("ML_COMMONS_RAI_")
    }
    description = read(data)
    given = {key.removeprefix("rai:"): value for key, value in description.items() if "rai:" in key}
    assert set(given) <= vocabulary
    assert {
        "dataCollection", "dataCollectionType", "dataAnnotationProtocol", "dataAnnotationPlatform",
        "dataAnnotationAnalysis", "annotationsPerItem", "annotatorDemographics",
        "machineAnnotationTools", "dataLimitations", "dataBiases", "dataUseCases",
        "dataSocialImpact", "personalSensitiveInformation", "dataReleaseMaintenancePlan",
    } <= set(given)  # fmt: skip
    written = mlcroissant.Dataset(data / "croissant.json").metadata.to_json()
    for name, value in given.items():
        assert Counter(as_list(written[f"rai:{name}"])) == Counter(as_list(value)), name


def as_list(value: str | list[str]) -> list[str]:
    return value if isinstance(value, list) else [value]


def test_it_says_that_the_annotators_were_language_models(data: Path) -> None:
    description = read(data)
    assert "language models, not people" in description["description"]
    assert "language models, not people" in description["rai:dataAnnotationProtocol"]
    assert CANARY in description["description"]


def test_it_claims_no_date_no_address_and_no_doi(data: Path) -> None:
    description = read(data)
    assert not {"url", "sameAs", "datePublished", "dateCreated", "identifier"} & set(description)
    assert "doi" not in description["citeAs"]
    assert "year" not in description["citeAs"]


def test_keys_tell_the_rows_apart(data: Path) -> None:
    for config, names in KEYS.items():
        rows = read_rows(data, config)
        assert len({tuple(row[name] for name in names) for row in rows}) == len(rows), config


def test_no_list_within_a_list_is_described(data: Path) -> None:
    """Of those mlcroissant would give the first item only."""

    def walk(field: dict[str, Any], lists: int) -> None:
        lists += field.get("isArray", False)
        assert lists < 2, field["@id"]
        for inner in field.get("subField", ()):
            walk(inner, lists)

    for record_set in read(data)["recordSet"]:
        for field in record_set["field"]:
            walk(field, 0)


@pytest.fixture
def clone(root: Path, tmp_path: Path) -> Path:
    (tmp_path / "annotation").mkdir()
    for name in (
        "README.md",
        ".huggingface.yaml",
        "CITATION.cff",
        "annotation/responsible_ai.yaml",
    ):
        shutil.copy(root / name, tmp_path / name)
    return tmp_path


@pytest.mark.parametrize(
    ("file", "old", "new", "message"),
    [
        ("README.md", "---\n", "", r"README\.md: has no YAML between two lines of ---"),
        ("README.md", "pretty_name:", "name:", r"README\.md: .*missing required field"),
        (
            ".huggingface.yaml",
            "dtype: date32",
            "dtype: decimal",
            "documents/meta/date: .*'decimal'",
        ),
        (
            ".huggingface.yaml",
            "- config_name: targets\n  f",
            "- config_name: aims\n  f",
            "'targets'",
        ),
        ("CITATION.cff", "version: 0.1.0", "version: 0.1", r"CITATION\.cff: Expected `str`"),
        ("CITATION.cff", "title: ", "title: '", r"CITATION\.cff: "),
    ],
)
def test_what_cannot_be_described_is_refused_in_one_line(
    file: str, old: str, new: str, message: str, clone: Path
) -> None:
    text = (clone / file).read_text(encoding="utf-8")
    assert old in text
    (clone / file).write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(InvalidInput, match=message) as caught:
        describe(clone, dict.fromkeys(CONFIGS, b""))
    assert "\n" not in str(caught.value)


def test_a_missing_part_is_named(clone: Path) -> None:
    (clone / "annotation" / "responsible_ai.yaml").unlink()
    with pytest.raises(InvalidInput, match=r"responsible_ai\.yaml: cannot be read: No such file"):
        describe(clone, {})
