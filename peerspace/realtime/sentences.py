"""What people read when a socket's request cannot be answered."""

SENTENCES = {
    "page_outdated": "This page is from an older version. Please load it again; what you wrote is kept.",
    "event_unknown": "This page asked for something that is not known here. Please load it again.",
    "event_malformed": "That could not be understood. Please load the page again; what you wrote is kept.",
    "join_first": "Please enter the room first.",
    "number_bad": "That could not be understood. Please load the page again.",
    "too_many_rooms": "That is a lot of rooms at once. Please leave one first.",
    "too_many_sockets": "You have this open in many places at once. Please close some of them.",
    "socket_csrf_refused": "This page has been open for long. Please load it again; what you wrote is kept.",
    "not_admitted_here": "Your account cannot be in the rooms just now.",
    "signed_out_here": "You have been signed out. Please sign in again; what you wrote is kept.",
}
