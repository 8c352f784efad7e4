"""What a person reads when something about joining, signing in or account status does not pass."""

from __future__ import annotations

from peerspace.kernel.wording import N_

SENTENCES: dict[str, str] = {
    "pseudonym_length": N_("A name here has {least} to {most} letters."),
    "pseudonym_letters": N_(
        "A name here is made of letters and digits, with spaces, dots, dashes or apostrophes between."
    ),
    "pseudonym_scripts": N_(
        "Please write a name in the letters of one script, and its digits too. "
        "Mixed letters can look like somebody else."
    ),
    "pseudonym_identifies": N_(
        "This looks like a way to find you. Please choose a name that does not say who you are."
    ),
    "pseudonym_reserved": N_(
        "This name could be taken for the people who run this place. Please choose another."
    ),
    "pseudonym_taken": N_("This name, or one that looks like it, is taken. Please choose another."),
    "passphrase_short": N_(
        "A passphrase needs at least {least} characters. Three or four words are easy to keep."
    ),
    "passphrase_long": N_("A passphrase can have at most {most} characters."),
    "passphrase_common": N_(
        "This passphrase is among the first that a stranger would try. Please choose another."
    ),
    "passphrase_old_wrong": N_("This is not your passphrase of today."),
    "passphrase_differs": N_("The two passphrases are not the same."),
    "adult_needed": N_(
        "This place is for adults. If you are younger, Get help now leads to people who are there for you."
    ),
    "rules_needed": N_("Please read the rules and agree to them before you join."),
    "rules_changed": N_(
        "The rules changed while you were here. Please read them once more; everything else is kept."
    ),
    "rules_missing": N_("Nobody can join until the rules are published. Please come back later."),
    "token_unknown": N_("Please choose one of the drawings and colours shown."),
    "sign_in_wrong": N_(
        "The name and the passphrase do not fit together. Nothing is lost; please try again."
    ),
    "sign_in_slow": N_("That was tried a few times. Please wait {retry_after} seconds and try again."),
    "recovery_wrong": N_("The name and the code do not fit together, or the code was used before."),
    "link_needs_two": N_(
        "A sign-in link needs two people: one administrator asks, another administrator or a supervisor agrees."
    ),
    "link_not_agreed": N_("Nobody has agreed to this link yet."),
    "link_over": N_("This link was used or is too old. Ask the people who run this place for a new one."),
    "person_unknown": N_("There is nobody here by that name."),
    "roles_apart": N_("A researcher has an account apart from the community. Please use two accounts."),
    "not_in": N_("This person has not been let in, or has left. A role is for people who are here."),
    "last_administrator": N_("This is the last administrator. Please make another one first."),
    "choice_unknown": N_("Please choose one of those shown."),
    "not_about_yourself": N_("You cannot decide about yourself. Please ask another supervisor."),
    "block_self": N_("You cannot block yourself."),
    "not_admitted": N_("This opens once you have been let in."),
}
