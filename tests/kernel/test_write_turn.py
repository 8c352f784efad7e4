"""Nothing slow in the database's turn."""

from __future__ import annotations

import pytest

from peerspace.kernel.uow import Database
from peerspace.kernel.write_turn import refuse_in_write_turn
from tests.people import People


def test_what_belongs_before_a_write_unit_is_refused_in_it(database: Database, people: People) -> None:
    wren = people.add("wren")
    refuse_in_write_turn("anything")
    with database.read(wren):
        refuse_in_write_turn("anything")
    with database.write(wren), pytest.raises(RuntimeError, match="anything before the write unit opens"):
        refuse_in_write_turn("anything")
    with pytest.raises(ZeroDivisionError), database.write(wren):
        raise ZeroDivisionError
    refuse_in_write_turn("anything")
