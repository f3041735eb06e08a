"""A system's Python file as a module, under a name by which another process finds the file again.

The name, ``onrecord.systems.files.MODULE``, holds the file's path: a worker process that a system
starts (a pool with the start method *spawn*, say) knows functions by their module's name alone, and
imports it by :class:`_Finder`. Modules beside the file are imported as those beside a script are:
its folder comes first on ``sys.path`` while the system is in use.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import sys
import time
from collections.abc import Mapping
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType

__path__: list[str] = []  # a package for the import system: its modules are users' files
_PREFIX = f"{__name__}."


def module_name(path: Path) -> str:
    """The name under which a file is imported; it says where the file is."""
    return f"{_PREFIX}f{str(path.resolve()).encode().hex()}"


def import_file(path: Path) -> ModuleType:
    """The file as a module, imported anew.

    Raises:
        ImportError: it is no Python file.
        Exception: whatever it raises while it is imported.
    """
    name = module_name(path)
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ImportError("not a Python file")
    _enter(path.resolve().parent)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def _enter(folder: Path) -> None:
    """Make this the folder whose modules are found, and forget those of another system's folder.

    Its own modules are forgotten too if one has changed since it was entered.
    """
    own = str(folder)
    begin = time.time() - _COARSE
    if own in _since and _newest(_modules_in(own)) >= _since[own]:
        _forget(own)
        importlib.invalidate_caches()
        _since.pop(own)
    _since.setdefault(own, begin)
    before = _entered[:]
    if before == [own]:
        return
    for other in before:
        sys.path[:] = [place for place in sys.path if place != other]
        _forget(other)
        _since.pop(other, None)
    if own in sys.path:  # it is the working directory, say, and stays where it is
        _entered[:] = []
        return
    sys.path.insert(0, own)
    _entered[:] = [own]


_entered: list[str] = []
"""The folder that was put on ``sys.path``, if any."""
_COARSE = 0.02
"""Seconds by which the times of files may be behind."""
_since: dict[str, float] = {}
"""When folders that are in use were entered."""


def _modules_in(folder: str) -> dict[str, Path]:
    """The files of the modules beside a system, by name."""
    found = {}
    for name, module in list(sys.modules.items()):
        file = getattr(module, "__file__", None)
        top = os.path.join(folder, name.partition(".")[0])  # noqa: PTH118  (it is fast)
        if file and (file == f"{top}.py" or file.startswith(top + os.sep)):
            found[name] = Path(file)
    return found


def _newest(modules: Mapping[str, Path]) -> float:
    """When the last of the files was changed or put there."""
    times = [0.0]
    for path in modules.values():
        with contextlib.suppress(OSError):
            state = path.stat()
            times.append(max(state.st_mtime, state.st_ctime))
    return max(times)


def _forget(folder: str) -> None:
    for name in _modules_in(folder):
        del sys.modules[name]


class _Finder(MetaPathFinder):
    """Finds a system's file by the name of its module."""

    def find_spec(
        self, fullname: str, path: object, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """The file that the name holds; None for every other name."""
        if not fullname.startswith(_PREFIX):
            return None
        try:
            file = Path(bytes.fromhex(fullname.removeprefix(f"{_PREFIX}f")).decode())
        except ValueError:
            return None
        if not file.is_file():
            return None
        _enter(file.parent)
        return importlib.util.spec_from_file_location(fullname, file)


sys.meta_path.append(_Finder())
