"""What of research is written into the audit chain."""

from __future__ import annotations

from peerspace.kernel.actions import AuditedAction
from peerspace.kernel.wording import N_


class ResearchAction(AuditedAction):
    """Audited actions of research."""

    STUDY_REGISTERED = "study_registered", N_("study registered")
    STUDY_DECIDED = "study_decided", N_("study decided")
    RELEASE_REQUESTED = "release_requested", N_("dataset asked for")
    RELEASE_READY = "release_ready", N_("dataset ready")
    RELEASE_FAILED = "release_failed", N_("dataset could not be built")
    RELEASE_EXPIRED = "release_expired", N_("dataset expired")
    RELEASE_DOWNLOADED = "release_downloaded", N_("dataset downloaded")
