"""What people read when a socket's request cannot be answered."""

from peerspace.kernel.wording import N_

SENTENCES = {
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
