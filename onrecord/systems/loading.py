"""Loading a system: a Python file that reads an article and returns it with layers.

A system file defines either

* ``predict(document, targets)`` returning a :class:`~onrecord.document.Document`, or
* one class with ``predict_all(documents, targets)`` returning one document for each, in order,
  for set-up, batching and work across documents.

Options of a run are keyword arguments of ``predict`` or of the class; those with an annotation or a
default of int, float or bool arrive as such. Module constants say more:
``layers`` the layers that it attempts (if it is missing, those in which it finds something), ``note`` what is shown with its row,
``extra`` which extra of this project it needs, ``resources`` the files that it reads, beside its own
(a run is not resumed after one has changed), and ``variants`` the rows that it gives, by name, each
with ``options``, ``given`` layers, a ``note`` of its own and ``boards`` (one row, if it is missing). What is heavy
is imported when the system is set up or runs, not when its file is imported.
"""

from __future__ import annotations

import functools
import hashlib
import inspect
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any, Literal, get_args

import msgspec

from onrecord.corpus.predictions import require_layers
from onrecord.corpus.registry import Target
from onrecord.document import Document
from onrecord.exceptions import InvalidInput, SystemFailure
from onrecord.systems import files
from onrecord.systems.failures import one_line
from onrecord.systems.options import typed

PredictAll = Callable[[Sequence[Document], Sequence[Target]], Any]


class System(msgspec.Struct, frozen=True, kw_only=True):
    """A system that is ready to run."""

    name: str
    description: str
    note: str | None
    layers: tuple[str, ...] | None
    """The layers that it says it attempts; None: it does not say."""
    reads_gold: bool = False
    """Whether it says that it gives what the gold has of the very documents that it gets."""
    options: Mapping[str, str]
    source: str
    """The sha256 of the file."""
    path: Path | None = None
    """The file, absolute; None for a system that is no file."""
    resources: tuple[str, ...] = ()
    """The files that it says it reads."""
    together: bool = False
    """Whether it gets documents together, by ``predict_all``."""
    predict: Callable[..., Any] | None = None
    """Its function, to be called with an article and the targets."""
    predict_all: PredictAll | None = None


Board = Literal["articles", "renamed", "probes"]
BOARDS: tuple[Board, ...] = get_args(Board)


class Variant(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One row of the leaderboard that a system's file gives."""

    options: dict[str, str] = {}
    given: tuple[str, ...] = ()
    """Layers that it gets, ``LAYER`` (the gold's) or ``LAYER=ROW`` (another row's predictions)."""
    note: str | None = None
    """What a reader of this row must know, beside the system's note."""
    boards: tuple[Board, ...] = BOARDS
    """The boards on which it has a row; not one where it is what another row is, or for which it has
    no answers."""


class About(msgspec.Struct, frozen=True, kw_only=True):
    """What a system's file says of itself."""

    description: str
    note: str | None
    layers: tuple[str, ...] | None
    """The layers that it says it attempts; None: it does not say."""
    extra: str | None
    """The extra of this project that must be installed to run it."""
    variants: Mapping[str, Variant]
    """Its rows by name."""
    resources: tuple[str, ...]
    """The files that it says it reads."""
    reads_gold: bool
    """Whether it says that it gives what the gold has of the very documents that it gets."""
    source: str
    """The sha256 of the file."""


def read_about(path: str | Path) -> About:
    """What a system's file says of itself; the file is imported, the system is not set up.

    Raises:
        SystemFailure: there is no such file, it cannot be imported, or a constant is faulty.
    """
    return _about(Path(path))[0]


def _about(path: Path) -> tuple[About, ModuleType]:
    if not path.is_file():
        raise SystemFailure(f"{path}: no such file")
    source = path.read_bytes()
    module = _import(path)
    layers = getattr(module, "layers", None)
    try:
        layers = None if layers is None else require_layers(layers)
    except InvalidInput as error:
        raise SystemFailure(f"{path}: {error}") from None
    for name in ("note", "extra"):
        value = getattr(module, name, None)
        if value is not None and not isinstance(value, str):
            raise SystemFailure(f"{path}: {name}: not a string")
    reads_gold = getattr(module, "reads_gold", False)
    if not isinstance(reads_gold, bool):
        raise SystemFailure(f"{path}: reads_gold: neither True nor False")
    variants = getattr(module, "variants", {path.stem: {}})
    if not isinstance(variants, Mapping):
        raise SystemFailure(f"{path}: variants: not a dictionary of rows by their names")
    rows = {}
    for name, values in variants.items():
        try:
            rows[msgspec.convert(name, str)] = msgspec.convert(values, Variant)
        except msgspec.ValidationError as error:
            raise SystemFailure(f"{path}: variants[{name!r}]: {error}") from None
    for name in rows:
        if not _is_file_name(name):
            raise SystemFailure(f"{path}: variants: {name[:40]!r} is not a plain file name")
    about = About(
        description=(inspect.getdoc(module) or "").partition("\n")[0],
        note=getattr(module, "note", None),
        layers=layers,
        extra=getattr(module, "extra", None),
        variants=rows,
        resources=_resources(module, path),
        reads_gold=reads_gold,
        source=hashlib.sha256(source).hexdigest(),
    )
    return about, module


def _resources(module: ModuleType, path: Path) -> tuple[str, ...]:
    """The files that a system's constant names, which must be there."""
    named = getattr(module, "resources", ())
    named = (named,) if isinstance(named, str) else named
    try:
        resources = msgspec.convert(named, tuple[str, ...])
    except msgspec.ValidationError:
        raise SystemFailure(f"{path}: resources: not a list of files") from None
    for name in resources:
        if not (path.parent / name).exists():
            raise SystemFailure(f"{path}: resources: {name}: no such file")
    return resources


def load_system(
    path: str | Path,
    options: Mapping[str, str] | None = None,
    *,
    name: str | None = None,
    set_up: bool = True,
) -> System:
    """The system in a Python file, ready to run.

    Args:
        path: the file.
        options: of the run.
        name: of its row, by which a variant's note is found; None: the file's name.
        set_up: make an instance of its class; without, the system can be told of, but not run.

    Raises:
        SystemFailure: there is no such file, it cannot be run, it defines no ``predict`` and no
            class with ``predict_all`` (or several), or it does not take the options.
    """
    path = Path(path)
    options = dict(options or {})
    about, module = _about(path)
    predict, predict_all, together = _entry(module, path, options, set_up=set_up)
    return System(
        name=name or path.stem,
        description=about.description,
        note=row_note(about, name or path.stem),
        layers=about.layers,
        reads_gold=about.reads_gold,
        options=options,
        source=about.source,
        path=path.absolute(),
        resources=about.resources,
        together=together,
        predict=predict,
        predict_all=predict_all,
    )


def row_note(about: About, name: str) -> str | None:
    """What a reader of this row must know: the system's note and the variant's."""
    variant = about.variants.get(name, Variant())
    reads = "reads the gold it is scored on" if about.reads_gold else None
    return "; ".join(note for note in (reads, about.note, variant.note) if note) or None


def _is_file_name(name: str) -> bool:
    """Whether results can be written under the name, within the folder that they belong to."""
    plain = name.isprintable() and not {"/", "\\"} & set(name) and len(name) <= 100
    return plain and name not in ("", ".", "..")


def _import(path: Path) -> ModuleType:
    if path.suffix != ".py":
        raise SystemFailure(f"{path}: not a Python file")
    try:
        return files.import_file(path)
    except (Exception, SystemExit) as error:
        raise SystemFailure(f"{path}: {one_line(error, path)}") from error


def _entry(
    module: ModuleType, path: Path, options: dict[str, str], *, set_up: bool
) -> tuple[Callable[..., Any] | None, PredictAll | None, bool]:
    """The function, or the method of an instance, and whether it is the latter."""
    classes = [
        value
        for value in vars(module).values()
        if inspect.isclass(value)
        and value.__module__ == module.__name__
        and callable(getattr(value, "predict_all", None))
    ]
    predict = getattr(module, "predict", None)
    if len(classes) + (predict is not None) != 1:
        raise SystemFailure(
            f"{path}: defines neither or more than one of "
            "predict(document, targets) and a class with predict_all(documents, targets)"
        )
    try:
        if predict is not None:
            values = typed(options, predict)
            _require_bound(predict, (None, None), values)
            return functools.partial(predict, **values), None, False
        values = typed(options, classes[0])
        _require_bound(classes[0], (), values)
        if not set_up:
            return None, None, True
        instance: Any = classes[0](**values)
    except InvalidInput as error:
        raise SystemFailure(f"{path}: {error}") from None
    except (Exception, SystemExit) as error:
        raise SystemFailure(f"{path}: {one_line(error, path)}") from error
    predict_all: PredictAll = instance.predict_all
    return None, predict_all, True


def _require_bound(
    function: Callable[..., Any], arguments: Sequence[None], options: Mapping[str, Any]
) -> None:
    """Make sure that the function takes these arguments, before it is called.

    Raises:
        InvalidInput: it does not.
    """
    try:
        inspect.signature(function).bind(*arguments, **options)
    except TypeError as error:
        raise InvalidInput(str(error), field=getattr(function, "__name__", None)) from None


def as_system(
    system: System | str | Path | Callable[..., Any] | Any,
    options: Mapping[str, str] | None = None,
) -> System:
    """What :func:`onrecord.run` takes, as a system that is ready.

    Raises:
        SystemFailure: it is none, or takes other arguments than a system does; or options are given
            to what is no file.
    """
    if isinstance(system, str | Path):
        return load_system(system, options)
    if options:
        raise SystemFailure("options are for a system in a file; give a function its arguments")
    if isinstance(system, System):
        return system
    predict_all = getattr(system, "predict_all", None)
    if inspect.isclass(system) or not callable(predict_all or system):
        raise SystemFailure(
            f"{system!r} is no system: a file, a function or an object with predict_all"
        )
    name = getattr(system, "__name__", type(system).__name__)
    try:
        _require_bound(predict_all or system, (None, None), {})
    except InvalidInput as error:
        raise SystemFailure(f"{name}: {error.reason}") from None
    return System(
        name=name,
        description=(inspect.getdoc(system) or "").partition("\n")[0],
        note=None,
        layers=None,
        options={},
        source="",
        together=predict_all is not None,
        predict=None if predict_all else system,
        predict_all=predict_all,
    )
