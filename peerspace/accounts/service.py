"""The verbs of accounts, in one place for callers."""

from peerspace.accounts.account_status import (
    end_membership,
    end_sessions_of,
    lift_due_suspensions,
    mark_established,
    restrict,
    suspend,
    unsuspend,
)
from peerspace.accounts.blocks import block, unblock
from peerspace.accounts.joining import (
    add_person,
    admit,
    answer,
    apply_to_join,
    ask,
    check_application,
    check_name,
    decline,
)
from peerspace.accounts.links import (
    agree_to_link,
    ask_for_link,
    create_link,
    refuse_link,
    take_link,
    use_link,
)
from peerspace.accounts.recovery import new_codes, use_recovery_code
from peerspace.accounts.roles import end_role, grant_role
from peerspace.accounts.sessions import end_all_sessions, end_session
from peerspace.accounts.signing import (
    account_by_name,
    change_passphrase,
    purge_attempts,
    recover,
    renew_codes,
    sign_in,
    sign_out,
    sign_out_everywhere,
)

__all__ = [
    "account_by_name",
    "add_person",
    "admit",
    "agree_to_link",
    "answer",
    "apply_to_join",
    "ask",
    "ask_for_link",
    "block",
    "change_passphrase",
    "check_application",
    "check_name",
    "create_link",
    "decline",
    "end_all_sessions",
    "end_membership",
    "end_role",
    "end_session",
    "end_sessions_of",
    "grant_role",
    "lift_due_suspensions",
    "mark_established",
    "new_codes",
    "purge_attempts",
    "recover",
    "refuse_link",
    "renew_codes",
    "restrict",
    "sign_in",
    "sign_out",
    "sign_out_everywhere",
    "suspend",
    "take_link",
    "unblock",
    "unsuspend",
    "use_link",
    "use_recovery_code",
]
