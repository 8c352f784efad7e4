"""What people read when something about duty cannot be done."""

from peerspace.kernel.wording import N_

SENTENCES = {
    "duty_until_past": N_("This time has passed already. Please choose a later one."),
    "duty_until_far": N_("Duty ends within 12 hours, so that nobody stays on by mistake."),
    "duty_hours": N_("Please choose how long from the list."),
}
