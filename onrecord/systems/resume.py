"""What a run is made of, so that one that is resumed is never a mixture.

That is what a system can be seen to depend on: its file, modules in its folder that it imports (and
those that these import), files that its options or its constant ``resources`` name, releases of
Python and of installed packages that it imports, options, targets and this library. Imports are read
from the source, wherever in it they stand; what is imported by a name that is put together is not seen.
"""

from __future__ import annotations

import ast
import hashlib
import platform
import sys
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib import metadata
from pathlib import Path

import msgspec

from onrecord.exceptions import InvalidInput
from onrecord.systems.loading import System
from onrecord.systems.lots import Conditions

MadeOf = Mapping[str, str]
"""By what is said to a user ("words.txt", "numpy"): a hash or a release."""


def made_of(system: System, conditions: Conditions) -> MadeOf:
    """What the system's predictions are made of, beside the articles."""
    found = {
        "the options": _hash(msgspec.json.encode(sorted(system.options.items()))),
        "the targets": _hash(msgspec.json.encode(conditions.targets)),
        "how documents are given": _hash(msgspec.json.encode([conditions.given, conditions.apart])),
        "the library": library_hash(),
        "Python": platform.python_version(),
    }
    if system.path is None:
        return found
    folder = system.path.parent
    modules: dict[Path, None] = {}
    packages = _follow(system.path, folder, modules)
    for path in modules:
        found[_name(path, folder)] = _hash_of(path)
    for name in system.resources:
        found[name] = _hash_of(folder / name)
    for value in system.options.values():
        for path in (Path(value), folder / value):
            if value and "\0" not in value and _is_there(path):
                found[str(path)] = _hash_of(path)
    return found | _releases(packages)


def changed(before: MadeOf, now: MadeOf) -> list[str]:
    """What is not as it was."""
    names = dict.fromkeys((*now, *before))
    return [name for name in names if before.get(name) != now.get(name)]


def made_of_hash(made: MadeOf) -> str:
    """One hash over all of it."""
    return _hash(msgspec.json.encode(dict(made), order="sorted"))


@cache
def library_hash() -> str:
    """A sha256 over the library's own source, so that a changed library never goes on from an old run."""
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parents[1].rglob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _is_there(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:  # too long for a name, say
        return False


def _name(path: Path, folder: Path) -> str:
    return str(path.relative_to(folder)) if path.is_relative_to(folder) else str(path)


def _hash_of(path: Path) -> str:
    """A hash of a file's content; of a folder's the names, sizes and times of its files."""
    try:
        if path.is_dir():
            files = sorted(one for one in path.rglob("*") if one.is_file())
            told = [(str(one.relative_to(path)), *_size_and_time(one)) for one in files]
            return _hash(msgspec.json.encode(told))
        if not path.is_file():
            return "no plain file"
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise InvalidInput(f"cannot be read: {error.strerror}", file=path) from None


def _size_and_time(path: Path) -> tuple[int, int]:
    state = path.stat()
    return state.st_size, state.st_mtime_ns


def _follow(path: Path, folder: Path, modules: dict[Path, None]) -> set[str]:
    """Put a module and what it imports from the folder into ``modules``; the packages imported."""
    if path in modules:
        return set()
    modules[path] = None
    packages: set[str] = set()
    for name in _imports(path):
        own = _beside(name, folder)
        if not own:
            packages.add(name.partition(".")[0])
        for other in own:
            packages |= _follow(other, folder, modules)
    return packages


def _imports(path: Path) -> Iterator[str]:
    """The dotted names that a file imports, relative ones as absolute ones of its folder."""
    try:
        tree = ast.parse(path.read_bytes())
    except (SyntaxError, ValueError, OSError):
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Call) and node.args and _imports_by_name(node.func):
            name = node.args[0]
            if isinstance(name, ast.Constant) and isinstance(name.value, str):
                yield name.value


def _imports_by_name(function: ast.expr) -> bool:
    name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", None)
    return name in {"import_module", "__import__"}


def _beside(name: str, folder: Path) -> Sequence[Path]:
    """The files in the folder that a name means: a module, all of a package, a module in a folder."""
    top, *inner = name.split(".")
    if top == "onrecord":  # a clone beside the system is the library, not its own
        return []
    if (folder / top / "__init__.py").is_file():
        return sorted((folder / top).rglob("*.py"))
    module = folder.joinpath(top, *inner).with_suffix(".py") if inner else folder / f"{top}.py"
    return [path for path in (folder / f"{top}.py", module) if path.is_file()][:1]


def _releases(packages: set[str]) -> dict[str, str]:
    """The releases of the installed distributions that these packages belong to."""
    outside = packages - sys.stdlib_module_names - {"onrecord"}
    if not outside:
        return {}
    owners = metadata.packages_distributions()
    names = sorted({name for package in outside for name in owners.get(package, ())})
    return {name: metadata.version(name) for name in names}
