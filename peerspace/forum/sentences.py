"""What people read when something in the forum cannot be done."""

from peerspace.kernel.wording import N_

SENTENCES = {
    "thread_closed": N_("This thread takes no more replies. You can still read it. What you wrote is kept."),
    "space_closed": N_("This space takes no new threads. You can still read it. What you wrote is kept."),
    "post_gone": N_("This post is no longer there to be changed."),
    "reply_to_gone": N_(
        "The post you are answering is no longer there. You can still post this as a reply to the thread."
    ),
    "title_short": N_("A title needs at least {least} characters, so that others know what it is about."),
    "wish_unknown": N_("Please choose one of the answers shown."),
    "space_slug_bad": N_("An address is 2 to 48 small letters, digits and hyphens."),
    "space_slug_taken": N_("There is a space at this address already."),
    "hold_unknown": N_("First posts wait never, outside desk hours, or always."),
}
