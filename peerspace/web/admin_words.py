"""What the keys on an administrator's pages are called, in English: whoever shows them translates them."""

from __future__ import annotations

from peerspace.kernel.wording import N_, gettext

PARTS = {
    "database": N_("The database"),
    "disk": N_("The disk"),
    "worker": N_("Background work"),
    "redis": N_("Redis"),
}

PART_STATES = {
    "ok": N_("works"),
    "away": N_("does not answer"),
    "busy": N_("is busy"),
    "not_migrated": N_("waits for its migration"),
    "nobody_holds_the_lease": N_("nobody does it now"),
    "full": N_("is full"),
    "disk_full": N_("has no room left on its disk"),
    "disk_error": N_("cannot write to its disk"),
    "missing": N_("cannot be opened"),
    "read_only": N_("takes nothing in: it can only be read"),
    "jobs_late": N_("some of it is late"),
    "unknown": N_("not known"),
}

JOBS = {
    "build_release": N_("Build datasets"),
    "lift_suspensions": N_("End pauses that are over"),
    "settle_members": N_("See who has settled in"),
    "end_overdue_duty": N_("End duty that ran out"),
    "expire_consent": N_("End consent that ran out"),
    "keep_ledger": N_("Keep the ledger of datasets"),
    "sweep_exports": N_("Take away old downloads"),
    "purge_sign_in_attempts": N_("Forget attempts to sign in"),
    "prune_sessions": N_("Forget browsers that were signed out"),
    "prune_sign_in_links": N_("Forget sign-in links that ran out"),
    "prune_job_runs": N_("Forget old runs of background work"),
}

ACTIONS = {
    "consent_looked_at": N_("consent looked at"),
    "decision_taken": N_("decision taken"),
    "duty_off": N_("duty ended"),
    "duty_on": N_("duty begun"),
    "duty_paused": N_("duty paused, the connection was lost"),
    "duty_resumed": N_("duty resumed"),
    "evidence_opened": N_("evidence opened"),
    "item_claimed": N_("item claimed"),
    "item_let_go": N_("item let go"),
    "item_found_fine": N_("item seen"),
    "item_freed": N_("item free again: its supervisor has gone"),
    "member_file_opened": N_("member's file opened"),
    "passphrase_changed": N_("passphrase changed"),
    "person_added": N_("person added"),
    "post_history_opened": N_("history of a post opened"),
    "recovery_code_used": N_("recovery code used"),
    "recovery_codes_made": N_("recovery codes made"),
    "release_downloaded": N_("dataset downloaded"),
    "release_expired": N_("dataset expired"),
    "release_failed": N_("dataset could not be built"),
    "release_ready": N_("dataset ready"),
    "release_requested": N_("dataset asked for"),
    "research_data_erased": N_("research data erased"),
    "role_ended": N_("role ended"),
    "role_granted": N_("role given"),
    "room_created": N_("room created"),
    "room_state": N_("room opened or closed"),
    "rules_published": N_("rules published"),
    "rules_worded": N_("rules put into another language"),
    "sessions_ended": N_("signed out everywhere"),
    "safety_written": N_("a person on a worried item was written to"),
    "setting_changed": N_("setting changed"),
    "sign_in_link_agreed": N_("sign-in link agreed to"),
    "sign_in_link_asked": N_("sign-in link asked for"),
    "sign_in_link_refused": N_("sign-in link stopped"),
    "sign_in_link_made": N_("sign-in link made"),
    "sign_in_link_used": N_("sign-in link used"),
    "space_created": N_("space created"),
    "status_changed": N_("standing changed"),
    "worried_step": N_("step on a worried item"),
    "study_decided": N_("study decided"),
    "study_registered": N_("study registered"),
}

SUBJECTS = {
    "account": N_("account"),
    "decision": N_("decision"),
    "duty": N_("duty"),
    "help_line": N_("help line"),
    "item": N_("item"),
    "post": N_("post"),
    "release": N_("dataset"),
    "room": N_("room"),
    "rules": N_("rules"),
    "setting": N_("setting"),
    "space": N_("space"),
    "study": N_("study"),
}

TRAINING = {"trained": N_("trained"), "untrained": N_("not trained"), "not_recorded": N_("not recorded")}
PAY = {"paid": N_("paid"), "volunteer": N_("volunteer"), "not_recorded": N_("not recorded")}

HOLDS = {
    "never": N_("never"),
    "off_shift": N_("while nobody keeps the desk"),
    "always": N_("always"),
}
"""When something of a new member waits for a human."""

ROOM_STATES = {
    "open": N_("open"),
    "read_only": N_("nobody on duty"),
    "paused": N_("duty is paused"),
    "closed": N_("closed"),
    "archived": N_("put away"),
}

SETTING_GROUPS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (
        N_("New members"),
        (
            "admission_hours",
            "first_posts",
            "first_messages",
            "hold_first_messages",
            "first_days",
        ),
    ),
    (N_("The desk"), ("response_targets", "watch_phrases", "safeguarding_contact", "home_country")),
    (N_("Words that may mean danger"), ("danger_phrases_en", "danger_phrases_de")),
    (N_("Duty"), ("duty_pause_minutes",)),
    (N_("What the pages tell"), ("opening_hours", "contact", "controller")),
)
"""The settings as they stand together on their page, by key."""


def said(table: dict[str, str], key: str) -> str:
    """A key's words in the reader's language; a key that has none yet is shown without its dashes."""
    return gettext(table[key]) if key in table else key.replace("_", " ")


def options(table: dict[str, str]) -> list[tuple[str, str]]:
    """A table as the options of a field, in the reader's language."""
    return [(key, gettext(words)) for key, words in table.items()]
