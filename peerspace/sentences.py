"""Every sentence that a person may read when something cannot be done: the kernel's, the features', the adapters'."""

from __future__ import annotations

from peerspace.features import FEATURES
from peerspace.kernel import sentences as kernel
from peerspace.kernel.wording import N_

PAGES = {
    "csrf_refused": N_(
        "This page was open for a while or came from elsewhere, so it was not sent yet. "
        "What you wrote is below; please send it again."
    ),
    "csrf_stale": N_(
        "This page was open for a while, so it was not sent yet. "
        "Please go back, load the page anew and do it once more."
    ),
    "csrf_elsewhere": N_(
        "This was sent from another site, so nothing was done. "
        "If you meant to do it, please do it on the page it belongs to."
    ),
    "page_method": N_("This address does not answer to that."),
    "form_too_large": N_("What was sent is larger than this place can take."),
    "not_text": N_(
        "Some of what was sent is not readable text. Please type it again or paste it as plain text."
    ),
}
"""What a page says of itself."""
SOCKETS = {
    "page_outdated": N_("This page is from an older version. Please load it again; what you wrote is kept."),
    "event_unknown": N_("This page asked for something that is not known here. Please load it again."),
    "event_malformed": N_(
        "That could not be understood. Please load the page again; what you wrote is kept."
    ),
    "join_first": N_("Please enter the room first."),
    "number_bad": N_("That could not be understood. Please load the page again."),
    "too_many_rooms": N_("That is a lot of rooms at once. Please leave one first."),
    "too_many_sockets": N_("You have this open in many places at once. Please close some of them."),
    "socket_csrf_refused": N_(
        "This page has been open for long. Please load it again; what you wrote is kept."
    ),
    "not_admitted_here": N_("Your account cannot be in the rooms just now."),
    "signed_out_here": N_("You have been signed out. Please sign in again; what you wrote is kept."),
}
"""What is said of a request over a socket."""
DEMO = {
    "demo_not_empty": N_("Somebody has an account here already; the demo fills an empty installation only."),
    "demo_production": N_("Production holds real people only; the demo is refused there."),
    "demo_release_failed": N_(
        "The invented community is there, but its release could not be built: {reason}."
    ),
}
"""What the demo says."""

ALL = kernel.Sentences(kernel.SENTENCES, *(feature.sentences for feature in FEATURES), PAGES, SOCKETS, DEMO)
sentence = ALL.sentence
say = ALL.say
known = ALL.known
