"""Options of a run: words of the command line as the values that a system's signature asks for."""

from __future__ import annotations

import inspect
import types
import typing
from collections.abc import Callable, Mapping
from typing import Any

from onrecord.exceptions import InvalidInput

_TRUE, _FALSE = frozenset({"true", "yes", "on", "1"}), frozenset({"false", "no", "off", "0"})
_KINDS = {int: "an int", float: "a float", bool: "a bool (true or false)"}


def typed(options: Mapping[str, str], function: Callable[..., Any]) -> dict[str, Any]:
    """The options as the function's annotations or defaults of int, float or bool say.

    An option of another type, or of none, stays a string. Where the annotation allows None too,
    ``none`` is None; where it is a Literal, the value must be one of its own.

    Raises:
        InvalidInput: a value is not of its type, or none of those that are allowed.
    """
    try:
        parameters = inspect.signature(function).parameters
    except (TypeError, ValueError):
        return dict(options)
    owner = function.__init__ if inspect.isclass(function) else function
    try:
        hints = typing.get_type_hints(owner)
    except Exception:  # an annotation that cannot be evaluated says nothing
        hints = {}
    return {
        name: _cast(name, value, parameters.get(name), hints.get(name))
        for name, value in options.items()
    }


def _cast(name: str, value: str, parameter: inspect.Parameter | None, hint: Any) -> Any:
    if parameter is None:
        return value
    if typing.get_origin(hint) is typing.Literal:
        allowed = {str(one): one for one in typing.get_args(hint)}
        if value not in allowed:
            known = ", ".join(allowed)
            raise InvalidInput(f"{value!r} is none of: {known}", field=f"option {name}")
        return allowed[value]
    kinds = _members(hint)
    if not kinds and type(parameter.default) in _KINDS:
        kinds = (type(parameter.default),)
    optional = type(None) in kinds or parameter.default is None
    if optional and set(kinds) & _KINDS.keys() and value.casefold() == "none":
        return None
    kind = next((kind for kind in kinds if kind in _KINDS), None)
    if kind is None or str in kinds:
        return value
    try:
        return _bool(value) if kind is bool else kind(value)
    except ValueError:
        raise InvalidInput(f"{value!r} is not {_KINDS[kind]}", field=f"option {name}") from None


def _members(hint: Any) -> tuple[Any, ...]:
    """The types that an annotation allows: the members of a union, or the one type."""
    if typing.get_origin(hint) in (typing.Union, types.UnionType):
        return typing.get_args(hint)
    return () if hint is None else (hint,)


def _bool(value: str) -> bool:
    folded = value.casefold()
    if folded not in _TRUE | _FALSE:
        raise ValueError(value)
    return folded in _TRUE
