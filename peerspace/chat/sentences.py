"""What people read when something in a room cannot be done."""

from peerspace.kernel.wording import N_

SENTENCES = {
    "account_not_active": N_("Your account cannot write just now."),
    "account_read_only": N_(
        "You can read, and write again from {until}. The decision in your inbox says why."
    ),
    "own_only": N_("Only the person who wrote this can change it."),
    "message_gone": N_("This message is no longer there to be changed."),
    "own_reaction": N_("This one is yours. Others can answer it."),
    "phrase_unknown": N_("Please choose one of the phrases shown."),
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
    "duty_until_past": N_("This time has passed already. Please choose a later one."),
    "duty_until_far": N_("Duty ends within 12 hours, so that nobody stays on by mistake."),
    "duty_hours": N_("Please choose how long from the list."),
    "not_held": N_("This message is not waiting any more."),
    "state_unknown": N_("A message can be shown or hidden."),
}
