"""A form that was sent, parsed once into a frozen dataclass: text, yes or no, whole numbers."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import Self

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


@dataclasses.dataclass(frozen=True, slots=True)
class Form:
    """What a form says, by the names of its fields.

    A field of the class is read from the form's field of the same name: `str` as it was typed and '' where it is not
    there, `bool` for a box, `int` for a whole number. Templates show a form again from the same object.
    """

    @classmethod
    def read(cls, form: Mapping[str, str]) -> Self:
        """Parse what was sent. Raises BadRequest where a whole number is none."""
        return cls(
            **{
                one.name: _PARSED[str(one.type)](form.get(one.name, ""))
                for one in dataclasses.fields(cls)
                if one.init
            }
        )
