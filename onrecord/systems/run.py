"""Systems: Python files that read an article and return it with layers.

A system file defines either

* ``predict(document, targets)`` returning a :class:`~onrecord.document.Document`, or
* one class with ``predict_all(documents, targets)`` returning one document for each, in order,
  for set-up, batching and work across documents.

Options of a run are keyword arguments of ``predict`` or of the class; those with an annotation or a
default of int, float or bool arrive as such. Module constants say more:
``layers`` the layers that it attempts (if it is missing, those in which it finds something), ``note`` what is shown with its row,
``extra`` which extra of this project it needs, and ``variants`` the rows that it gives, by name, each
with ``options``, ``given`` layers, a ``note`` of its own and ``boards`` (one row, if it is missing). What is heavy
is imported when the system is set up or runs, not when its file is imported.
"""

from __future__ import annotations

import functools
import hashlib
import inspect
import sys
import time
import traceback
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any, Literal, get_args

import msgspec

from onrecord.corpus.corpus import Corpus
from onrecord.corpus.files import encode_documents
from onrecord.corpus.predictions import Predictions, require_layers
from onrecord.corpus.registry import Target
from onrecord.corpus.validation import validate
from onrecord.document import LAYERS, Document
from onrecord.exceptions import InvalidInput, SystemFailure
from onrecord.systems import files
from onrecord.systems.given import GIVABLE, Given, supply
from onrecord.systems.options import typed
from onrecord.systems.resume import Unfinished, library_hash

PredictAll = Callable[[Sequence[Document], Sequence[Target]], Any]
Progress = Callable[[int, int], None]
"""Called with how many documents are done, and of how many."""


class Failure(msgspec.Struct, frozen=True):
    """A document on which a system failed, and why, in one line."""

    document: str
    reason: str


class System(msgspec.Struct, frozen=True, kw_only=True):
    """A system that is ready to run."""

    name: str
    description: str
    note: str | None
    layers: tuple[str, ...] | None
    """The layers that it says it attempts; None: it does not say."""
    options: Mapping[str, str]
    source: str
    """The sha256 of the file."""
    path: Path | None = None
    """The file; None for a system that is no file."""
    predict: Callable[..., Any] | None = None
    """Its function, to be called with an article and the targets."""
    predict_all: PredictAll | None = None


class Output(msgspec.Struct, frozen=True, kw_only=True):
    """What a run of a system gave: one document for each given, empty where it failed."""

    documents: Predictions
    failures: tuple[Failure, ...]
    seconds: float
    tracebacks: Mapping[str, str] = {}
    """Python's traceback of each document on which the system raised."""


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
        source=hashlib.sha256(source).hexdigest(),
    )
    return about, module


def load_system(
    path: str | Path, options: Mapping[str, str] | None = None, *, name: str | None = None
) -> System:
    """The system in a Python file, ready to run.

    Args:
        path: the file.
        options: of the run.
        name: of its row, by which a variant's note is found; None: the file's name.

    Raises:
        SystemFailure: there is no such file, it cannot be run, it defines no ``predict`` and no
            class with ``predict_all`` (or several), or it does not take the options.
    """
    path = Path(path)
    options = dict(options or {})
    about, module = _about(path)
    predict, predict_all = _entry(module, path, options)
    return System(
        name=name or path.stem,
        description=about.description,
        note=row_note(about, name or path.stem),
        layers=about.layers,
        options=options,
        source=about.source,
        path=path,
        predict=predict,
        predict_all=predict_all,
    )


def row_note(about: About, name: str) -> str | None:
    """What a reader of this row must know: the system's note and the variant's."""
    variant = about.variants.get(name, Variant())
    return "; ".join(note for note in (about.note, variant.note) if note) or None


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
        raise SystemFailure(f"{path}: {_one_line(error, path)}") from error


def _entry(
    module: ModuleType, path: Path, options: dict[str, str]
) -> tuple[Callable[..., Any] | None, PredictAll | None]:
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
            return functools.partial(predict, **values), None
        values = typed(options, classes[0])
        _require_bound(classes[0], (), values)
        instance: Any = classes[0](**values)
    except InvalidInput as error:
        raise SystemFailure(f"{path}: {error}") from None
    except (Exception, SystemExit) as error:
        raise SystemFailure(f"{path}: {_one_line(error, path)}") from error
    predict_all: PredictAll = instance.predict_all
    return None, predict_all


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


def run(
    system: System | str | Path | Callable[..., Any] | Any,
    corpus: Corpus,
    *,
    options: Mapping[str, str] | None = None,
    given: Sequence[Given] = (),
    only: Collection[str] | None = None,
    partial: Path | None = None,
    progress: Progress | None = None,
) -> Output:
    """Run the system on the articles of a corpus, which it gets without layers but for given ones.

    Where it raises, or returns what is not a valid document, the document counts as empty and is
    listed as a failure; it is never dropped. If ``predict_all`` itself raises or does not return
    one document for each, all of them fail. Of a corpus whose documents are worlds of their own (the
    probes), ``predict_all`` gets them one at a time.

        output = onrecord.run("my.py", gold)
        scores = onrecord.score(gold, output)

    Args:
        system: what to run: a file, a function ``predict(document, targets)``, an object with
            ``predict_all(documents, targets)``, or what :func:`load_system` gave.
        corpus: the articles and targets.
        options: of a file, as words: what ``--option`` takes on the command line.
        given: layers that the system gets, see :func:`onrecord.systems.given.read_given`.
        only: the ids of the articles to run on; None: all.
        partial: a folder in which a run that goes document by document keeps what is done, so
            that after it was killed the next one goes on from there; see
            :mod:`onrecord.systems.resume`.
        progress: called after each document with the number done and of all.

    Raises:
        SystemFailure: there is no such system, or it cannot be set up.
        InvalidInput: ``only`` names an article that there is not.
    """
    system = as_system(system, options)
    articles = supply(corpus.bare(), given)
    if only is not None:
        wanted = {corpus[id].id for id in only}
        articles = tuple(article for article in articles if article.id in wanted)
    begin = time.perf_counter()
    if system.predict_all is not None:
        lots = [[article] for article in articles] if corpus.apart else [articles]
        results = [
            result for lot in lots for result in _run_all(system.predict_all, lot, corpus.targets)
        ]
        checked = [
            _check(article, result, corpus, system, given)
            for article, result in zip(articles, results, strict=True)
        ]
    else:
        checked = list(_run_each(system, articles, corpus, given, partial, progress))
    seconds = time.perf_counter() - begin
    failures = [one for one in checked if isinstance(one, _Failed)]
    documents = (
        article.bare() if isinstance(one, _Failed) else one
        for article, one in zip(articles, checked, strict=True)
    )
    return Output(
        documents=Predictions(documents, system.layers),
        failures=tuple(Failure(one.document, one.reason) for one in failures),
        seconds=seconds,
        tracebacks={one.document: one.traceback for one in failures if one.traceback},
    )


def as_system(
    system: System | str | Path | Callable[..., Any] | Any,
    options: Mapping[str, str] | None = None,
) -> System:
    """What :func:`run` takes, as a system that is ready.

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
        predict=None if predict_all else system,
        predict_all=predict_all,
    )


def progress_line(name: str) -> Progress | None:
    """A line on standard error that says how far a run is; None where that is no terminal."""
    if not sys.stderr.isatty():
        return None

    def show(done: int, total: int) -> None:
        end = "\n" if done == total else ""
        sys.stderr.write(f"\r{name}: {done}/{total} documents{end}")
        sys.stderr.flush()

    return show


def _run_each(
    system: System,
    articles: Sequence[Document],
    corpus: Corpus,
    given: Sequence[Given],
    partial: Path | None,
    progress: Progress | None,
) -> Iterator[Document | _Failed]:
    """What the system gives for each document; what an interrupted run has done is not done again."""
    done = None if partial is None else Unfinished(partial, system.name, _key(system, corpus))
    for number, article in enumerate(articles, start=1):
        before = None if done is None else done.get(article)
        if before is not None:
            yield before
        else:
            result = _run_one(system, article, corpus.targets)
            checked = _check(article, result, corpus, system, given)
            if done is not None and isinstance(checked, Document):
                done.add(article, checked)
            yield checked
        if progress is not None:
            progress(number, len(articles))
    if done is not None:
        done.remove()


def _key(system: System, corpus: Corpus) -> str:
    """What an interrupted run must share with one that goes on from it, beside the documents."""
    parts = (system.source, sorted(system.options.items()), corpus.targets, library_hash())
    return hashlib.sha256(msgspec.json.encode(parts)).hexdigest()


def _run_one(system: System, article: Document, targets: Sequence[Target]) -> Any:
    assert system.predict is not None
    try:
        return system.predict(article, targets)
    except (Exception, SystemExit) as error:
        return error


def _run_all(
    predict_all: PredictAll, articles: Sequence[Document], targets: Sequence[Target]
) -> list[Any]:
    try:
        results = list(predict_all(articles, targets))
    except (Exception, SystemExit) as error:
        return [error] * len(articles)
    if len(results) != len(articles):
        reason = f"predict_all returned {len(results)} documents for {len(articles)}"
        return [InvalidInput(reason)] * len(articles)
    return results


class _Failed(msgspec.Struct, frozen=True):
    document: str
    reason: str
    traceback: str = ""


def _check(
    article: Document, result: Any, corpus: Corpus, system: System, given: Sequence[Given]
) -> Document | _Failed:
    """The result as a document of this article, or why it is none."""
    if isinstance(result, BaseException):
        reason = (
            result.reason if isinstance(result, InvalidInput) else _one_line(result, system.path)
        )
        return _Failed(article.id, reason, "".join(traceback.format_exception(result)))
    if not isinstance(result, Document):
        return _Failed(article.id, f"returned {type(result).__name__}, not a Document")
    if result.id != article.id:
        return _Failed(article.id, f"returned the document {result.id!r}")
    if result.text != article.text:
        return _Failed(article.id, "returned another text")
    try:
        document = validate(result, targets=corpus.target_ids)
        encode_documents([document], text=False)  # a lone surrogate cannot be written
    except InvalidInput as error:
        return _Failed(article.id, f"{error.field}: {error.reason}")
    except Exception as error:
        return _Failed(article.id, _one_line(error, system.path))
    answered = {GIVABLE[one.layer] for one in given}
    extra = _filled(document) - set(system.layers or LAYERS) - answered
    if extra:
        return _Failed(article.id, f"has {min(extra)}, which its layers leave out")
    return article.with_layers(
        mentions=document.mentions, quotes=document.quotes, stances=document.stances
    ).canonical()


def _filled(document: Document) -> set[str]:
    found = {
        "entities": document.mentions,
        "quotes": document.quotes,
        "stances": document.stances,
    }
    return {layer for layer, items in found.items() if items}


def _one_line(error: BaseException, own: Path | None) -> str:
    """The error in one line, with the last line of the system's own file that led to it.

    Where the error was raised in another file, that place stands beneath.
    """
    frames = [(frame.filename, frame.lineno) for frame in traceback.extract_tb(error.__traceback__)]
    here = None if own is None else str(own.resolve())
    ours = [frame for frame in frames if str(Path(frame[0]).resolve()) == here]
    places = list(dict.fromkeys([*ours[-1:], *frames[-1:]]))
    shown = ", in ".join(f"{Path(file).name}:{line}" for file, line in places)
    place = f" ({shown})" if shown else ""
    try:
        text = " ".join(str(error).split())
    except Exception:
        text = ""
    return f"{type(error).__name__}: {text}{place}" if text else f"{type(error).__name__}{place}"
