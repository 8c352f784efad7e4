"""Forms are parsed once, into what their fields mean; what no page of ours sends is refused."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, dataclass, field

import pytest

from peerspace.kernel.errors import BadRequest
from peerspace.web.accounts.forms import JoinForm, PassphraseForm, RecoverForm, SignInForm
from peerspace.web.chat.forms import DutyForm
from peerspace.web.community.forms import RoleForm
from peerspace.web.community.help_line_forms import LineForm
from peerspace.web.forms import Form, gathered, parsed, whole_number


@dataclass(frozen=True, slots=True)
class Made(Form):
    name: str = ""
    kind: str = "usual"
    agreed: bool = False
    version: int = 0
    letters: tuple[str, ...] = field(default=(), metadata=parsed(tuple))
    both: str = field(default="", metadata=gathered(lambda form: form.get("a", "") + form.get("b", "")))


def test_each_field_is_read_by_its_kind() -> None:
    sent = {"name": " as typed ", "agreed": "yes", "version": "7", "letters": "xy", "a": "1", "b": "2"}
    assert Made.read(sent) == Made(" as typed ", "usual", True, 7, ("x", "y"), "12")
    with pytest.raises(FrozenInstanceError):
        Made().name = "another"  # type: ignore[misc]


def test_what_was_sent_empty_is_not_left_out() -> None:
    assert Made.read({"kind": "", "version": "1"}).kind == ""
    assert Made.read({"agreed": "on", "version": "1"}).agreed is False


@pytest.mark.parametrize("typed", ["", "-1", "1.5", "one", "٣", "1" * 10, " 1"])
def test_a_number_that_is_none_is_refused(typed: str) -> None:
    with pytest.raises(BadRequest):
        whole_number(typed)
    with pytest.raises(BadRequest):
        Made.read({"version": typed})


@pytest.mark.parametrize(
    ("kind", "sent"), [(DutyForm, {"what": "maybe"}), (DutyForm, {}), (RoleForm, {"role": "emperor"})]
)
def test_a_choice_that_there_is_not_is_refused(kind: type[Form], sent: dict[str, str]) -> None:
    with pytest.raises(BadRequest):
        kind.read(sent)


@pytest.mark.parametrize("kind", [JoinForm, SignInForm, RecoverForm, PassphraseForm])
def test_no_secret_stands_in_what_a_log_would_show(kind: type[Form]) -> None:
    secret = "a secret that nobody reads"
    sent = dict.fromkeys(("passphrase", "old", "new", "code"), secret)
    assert secret not in repr(kind.read(sent))


def test_a_line_has_a_row_for_each_emergency_number_that_fits() -> None:
    assert [row for row, _, _ in LineForm().rows] == [1, 2, 3, 4]
    typed = LineForm.read({"number-2": "112", "what-2": "anything"})
    assert typed.rows[1] == (2, "112", "anything")
    assert typed.fields["emergency"][1] == ("112", "anything")
