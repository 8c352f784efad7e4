"""What whoever starts the demo reads when it cannot be made."""

from peerspace.kernel.wording import N_

SENTENCES = {
    "demo_not_empty": N_("Somebody has an account here already; the demo fills an empty installation only."),
    "demo_production": N_("Production holds real people only; the demo is refused there."),
    "demo_release_failed": N_(
        "The invented community is there, but its release could not be built: {reason}."
    ),
}
