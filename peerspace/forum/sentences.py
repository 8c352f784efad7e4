"""What people read when something in the forum cannot be done."""

SENTENCES = {
    "account_not_active": "Your account cannot write just now.",
    "account_read_only": "You can read, and write again from {until}. The decision in your inbox says why.",
    "own_only": "Only the person who wrote this can change it.",
    "thread_closed": "This thread takes no more replies. You can still read it. What you wrote is kept.",
    "space_closed": "This space takes no new threads. You can still read it. What you wrote is kept.",
    "post_gone": "This post is no longer there to be changed.",
    "post_not_held": "This post is not waiting any more.",
    "post_state_unknown": "A post can be shown or hidden.",
    "reply_to_gone": "The post you are answering is no longer there. You can still post this as a reply to the thread.",
    "title_short": "A title needs at least {least} characters, so that others know what it is about.",
    "wish_unknown": "Please choose one of the answers shown.",
    "space_slug_bad": "An address is 2 to 48 small letters, digits and hyphens.",
    "space_slug_taken": "There is a space at this address already.",
    "hold_unknown": "First posts wait never, outside desk hours, or always.",
}
