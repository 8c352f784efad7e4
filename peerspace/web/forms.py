"""A form that was sent, parsed once into a frozen dataclass: text, yes or no, whole numbers."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any, Self

from peerspace.kernel.errors import BadRequest

MOST_DIGITS = 9


def whole_number(typed: str) -> int:
    """A whole number that is not negative. Raises BadRequest: no page of ours sends anything else."""
    if not (typed.isascii() and typed.isdecimal() and len(typed) <= MOST_DIGITS):
        raise BadRequest("bad_request")
    return int(typed)


def ticked(typed: str) -> bool:
    """Whether a box was ticked."""
    return typed == "yes"


_PARSED: dict[str, Callable[[str], object]] = {"str": str, "bool": ticked, "int": whole_number}


def parsed(parse: Callable[[str], object]) -> dict[str, object]:
    """The metadata of a dataclass field that `parse` reads from the form's field of that name."""
    return {"parse": parse}


def gathered(gather: Callable[[Mapping[str, str]], object]) -> dict[str, object]:
    """The metadata of a dataclass field that `gather` reads from several of the form's fields."""
    return {"gather": gather}


@dataclasses.dataclass(frozen=True, slots=True)
class Form:
    """What a form says, by the names of its fields.

    A field of the class is read from the form's field of the same name: `str` as it was typed, or its default where
    it was not sent; `bool` for a box; `int` for a whole number; any other by its own parser. Templates show a form
    again from the same object.
    """

    @classmethod
    def read(cls, form: Mapping[str, str]) -> Self:
        """Parse what was sent. Raises BadRequest where a whole number is none, or a parser refuses."""
        return cls(**{one.name: _value(one, form) for one in dataclasses.fields(cls)})


def _value(field: dataclasses.Field[Any], form: Mapping[str, str]) -> object:
    gather = field.metadata.get("gather")
    if gather is not None:
        return gather(form)
    if field.type == "str" and field.name not in form:
        return field.default
    parse = field.metadata.get("parse") or _PARSED[str(field.type)]
    return parse(form.get(field.name, ""))
