"""Audited actions: what is written into the audit chain, as an enumeration of each feature."""

from __future__ import annotations

from enum import StrEnum
from typing import Self

from peerspace.kernel.wording import N_


class AuditedAction(StrEnum):
    """Base of every feature's own: `NAME = "code", label, timeline, to_member`.

    `label`: what it is called in the record, in English. `timeline`: the kind under which the platform's timeline tells
    it, "" for what is about one person, case, study or dataset. `to_member`: the sentence for the person whom it
    concerns, where it is a look into what is private to them or a way to it (invariant 8).
    """

    label: str
    timeline: str
    to_member: str

    def __new__(cls, code: str, label: str, timeline: str = "", to_member: str = "") -> Self:
        member = str.__new__(cls, code)
        member._value_ = code
        member.label, member.timeline, member.to_member = label, timeline, to_member
        return member


class KernelAction(AuditedAction):
    """Audited actions of the audit chain itself."""

    AUDIT_ACCEPTED = "audit_accepted", N_("record accepted as it stands after a restore")
