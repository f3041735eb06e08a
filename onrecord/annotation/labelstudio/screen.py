"""What a clone gives to Label Studio's screen: the label config, the instruction, the guidelines' hash."""

from __future__ import annotations

from pathlib import Path

from onrecord.annotation.labelstudio.projects import reference
from onrecord.corpus.corpus import read_registry, read_targets
from onrecord.corpus.exports.scheme import check_config, with_targets
from onrecord.corpus.files import write
from onrecord.document import text_hash
from onrecord.exceptions import InvalidInput


def write_config(root: str | Path) -> tuple[Path, int, bool]:
    """Give the clone's label config the choices that its targets are.

    Returns:
        The config's path, the number of targets, and whether it was changed.

    Raises:
        InvalidInput: config or targets are missing or broken.
    """
    path = Path(root) / "annotation" / "label_config.xml"
    targets = read_targets(Path(root) / "annotation" / "targets.jsonl")
    before = read_config(root)
    after = with_targets(before, targets)
    check_config(after, [target.id for target in targets])
    if after != before:
        write(path, after.encode("utf-8"))
    return path, len(targets), after != before


def read_config(root: str | Path) -> str:
    """The clone's label config.

    Raises:
        InvalidInput: it cannot be read.
    """
    return _read(Path(root) / "annotation" / "label_config.xml")


def read_instruction(root: str | Path) -> str:
    """What annotators read before labelling, as HTML: what they work by, and how to.

    The guidelines, the targets and the registry are folded; empty if the clone has none
    of all these.

    Raises:
        InvalidInput: a file cannot be read, or is broken.
    """
    folder = Path(root) / "annotation"

    def read(name: str) -> str:
        return _read(folder / name) if (folder / name).exists() else ""

    targets, registry = folder / "targets.jsonl", folder / "registry.jsonl"
    return reference(
        read("guidelines.md"),
        read_targets(targets) if targets.exists() else (),
        read_registry(registry) if registry.exists() else (),
    ) + read("instruction.html")


def hash_guidelines(root: str | Path) -> str:
    """The sha256 of the guidelines, in hexadecimal; empty if the clone has none.

    Raises:
        InvalidInput: they cannot be read.
    """
    path = Path(root) / "annotation" / "guidelines.md"
    return text_hash(_read(path)) if path.exists() else ""


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise InvalidInput(f"cannot be read: {error.strerror}", file=path) from None
    except UnicodeDecodeError:
        raise InvalidInput("not UTF-8", file=path) from None
