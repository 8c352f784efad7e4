"""What people read when something in a room cannot be done."""

from peerspace.kernel.wording import N_

SENTENCES = {
    "message_gone": N_("This message is no longer there to be changed."),
    "room_open": N_("Something changed in the room. Please try once more; what you wrote is kept."),
    "room_read_only": N_(
        "Nobody is on duty here just now, so the room can be read but not written in. What you wrote is kept."
    ),
    "room_paused": N_(
        "Whoever is on duty here has lost the connection, so the room can be read but not written in. "
        "It opens again when they are back. What you wrote is kept."
    ),
    "room_closed": N_("This room is closed just now. You can still read it. What you wrote is kept."),
    "room_archived": N_("This room has ended. You can still read it."),
    "slow_mode": N_(
        "This room takes one message every few seconds from each person. "
        "Please wait a little ({retry_after} s); what you wrote is kept."
    ),
    "room_slug_taken": N_("There is a room at this address already."),
    "room_slug_bad": N_("An address is 2 to 48 small letters, digits and hyphens."),
}
