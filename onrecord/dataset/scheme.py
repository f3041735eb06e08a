"""The annotation scheme that a new event takes over: guidelines, label config, declared features.

They are files of the clone; a wheel carries a copy of each in ``onrecord/scheme/``.
"""

from __future__ import annotations

from pathlib import Path

from onrecord.corpus.files import read_text

FILES = ("annotation/guidelines.md", "annotation/label_config.xml", ".huggingface.yaml")
"""By their path in a clone; in the wheel by their names alone."""


def read_scheme(file: str) -> str:
    """The text of one of :data:`FILES`, of the clone that the library lies in, or of its wheel.

    Raises:
        InvalidInput: it is in neither.
    """
    library = Path(__file__).resolve().parents[1]
    packed = library / "scheme" / Path(file).name.lstrip(".")
    return read_text(packed if packed.is_file() else library.parent / file)
