"""What people read when something about what they or others wrote cannot be done."""

from peerspace.kernel.wording import N_

SENTENCES = {
    "account_not_active": N_("Your account cannot write just now."),
    "account_read_only": N_(
        "You can read, and write again from {until}. The decision in your inbox says why."
    ),
    "own_only": N_("Only the person who wrote this can change it."),
    "own_reaction": N_("This one is yours. Others can answer it."),
    "phrase_unknown": N_("Please choose one of the phrases shown."),
    "not_held": N_("This is not waiting any more."),
    "state_unknown": N_("This can be shown or hidden."),
    "level_unknown": N_("Please choose one of the levels shown."),
    "draft_older": N_("A newer draft was saved on another page or device. What you typed here is kept."),
    "move_impossible": N_("This cannot be moved there."),
    "place_bad": N_("That could not be understood."),
}
