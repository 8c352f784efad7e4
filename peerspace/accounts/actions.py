"""What of accounts is written into the audit chain."""

from __future__ import annotations

from peerspace.kernel.actions import AuditedAction
from peerspace.kernel.wording import N_


class AccountAction(AuditedAction):
    """Audited actions of accounts."""

    ADMISSION_ANSWERED = "admission_answered", N_("question at the door answered")
    ADMISSION_ASKED = "admission_asked", N_("question asked at the door")
    ADMISSION_DECLINED = "admission_declined", N_("person declined at the door")
    ADMISSION_GRANTED = "admission_granted", N_("person let in")
    MEMBER_FILE_OPENED = (
        "member_file_opened",
        N_("member's file opened"),
        "",
        N_("%(name)s opened your member file"),
    )
    PASSPHRASE_CHANGED = "passphrase_changed", N_("passphrase changed")
    PERSON_ADDED = "person_added", N_("person added")
    READ_ONLY_SET = "read_only_set", N_("member restricted to reading")
    READ_ONLY_LIFTED = "read_only_lifted", N_("restriction to reading lifted")
    RECOVERY_CODE_USED = "recovery_code_used", N_("recovery code used")
    RECOVERY_CODES_MADE = "recovery_codes_made", N_("recovery codes made")
    ROLE_GRANTED = "role_granted", N_("role given"), "staffing"
    ROLE_ENDED = "role_ended", N_("role ended"), "staffing"
    SESSIONS_ENDED = "sessions_ended", N_("signed out everywhere")
    SIGN_IN_LINK_ASKED = (
        "sign_in_link_asked",
        N_("sign-in link asked for"),
        "",
        N_("%(name)s asked for a sign-in link to your account"),
    )
    SIGN_IN_LINK_AGREED = (
        "sign_in_link_agreed",
        N_("sign-in link agreed to"),
        "",
        N_("%(name)s agreed to a sign-in link to your account"),
    )
    SIGN_IN_LINK_REFUSED = (
        "sign_in_link_refused",
        N_("sign-in link stopped"),
        "",
        N_("%(name)s stopped a sign-in link to your account"),
    )
    SIGN_IN_LINK_MADE = (
        "sign_in_link_made",
        N_("sign-in link made"),
        "",
        N_("%(name)s was shown a sign-in link to your account"),
    )
    SIGN_IN_LINK_USED = (
        "sign_in_link_used",
        N_("sign-in link used"),
        "",
        N_("A sign-in link to your account was used, and the passphrase was changed"),
    )
    STATUS_CHANGED = "status_changed", N_("account status changed")
