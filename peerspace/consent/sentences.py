"""What a member reads when something about consent does not go."""

from __future__ import annotations

from peerspace.kernel.wording import N_

SENTENCES: dict[str, str] = {
    "consent_age": N_("Research here is for people aged {age} or over. Please tick this if you are."),
    "consent_scope_unknown": N_("One of the choices is not known here. Please load the page again."),
    "consent_needs_usage": N_(
        "This rests on “What I do here, counted”. Please choose that too, or leave this out."
    ),
    "consent_needs_detailed": N_(
        "This rests on “My rows in controlled datasets”. Please choose that too, or leave this out."
    ),
    "consent_notice_changed": N_(
        "The text about research has changed since you opened this page. Please read it again; "
        "nothing was recorded."
    ),
    "consent_changed_meanwhile": N_(
        "Your choices have changed since you opened this page, perhaps in another tab. Nothing was recorded. "
        "Please look at what stands now, and record your choices again."
    ),
    "consent_given_meanwhile": N_(
        "You said yes to something after you opened this page. Nothing was erased. If everything should go all the "
        "same, please press the button once more."
    ),
    "consent_confirm_erase": N_("Please tick the box to say that it should be erased. Nothing was changed."),
    "consent_members_only": N_("Only members of the community can take part in research here."),
}
