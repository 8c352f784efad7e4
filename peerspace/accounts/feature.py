"""What accounts brings."""

from __future__ import annotations

from datetime import timedelta

from peerspace.accounts import models
from peerspace.accounts.account_status import lift_due_suspensions
from peerspace.accounts.actions import AccountAction
from peerspace.accounts.links import prune_links
from peerspace.accounts.sentences import SENTENCES
from peerspace.accounts.sessions import prune_sessions
from peerspace.accounts.signing import purge_attempts
from peerspace.accounts.subjects import ADMISSION, MEMBER
from peerspace.kernel.feature import Feature
from peerspace.kernel.jobs import Job, one_write
from peerspace.kernel.wording import N_

FEATURE = Feature(
    name="accounts",
    models=models,
    sentences=SENTENCES,
    actions=AccountAction,
    jobs=(
        Job(
            "lift_suspensions",
            N_("End pauses that are over"),
            timedelta(minutes=1),
            one_write(lift_due_suspensions),
        ),
        Job(
            "purge_sign_in_attempts",
            N_("Forget attempts to sign in"),
            timedelta(minutes=30),
            one_write(purge_attempts),
        ),
        Job(
            "prune_sessions",
            N_("Forget browsers that were signed out"),
            timedelta(minutes=30),
            one_write(prune_sessions),
        ),
        Job(
            "prune_sign_in_links",
            N_("Forget sign-in links that ran out"),
            timedelta(hours=6),
            one_write(prune_links),
        ),
    ),
    pruned={
        "link_request": "prune_sign_in_links",
        "sign_in_attempt": "purge_sign_in_attempts",
        "sign_in_link": "prune_sign_in_links",
        "web_session": "prune_sessions",
    },
    brings=(MEMBER, ADMISSION),
    kept={
        "account": "a person's account, for as long as they have it; former members keep a row without what named them",
        "admission_step": "the talk about joining, for supervisors",
        "block": "until its owner takes it back",
        "recovery_code": "eight a person; used ones say that there were codes before",
        "role_grant": "who held which role when",
    },
)
