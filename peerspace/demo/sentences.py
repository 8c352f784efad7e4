"""What whoever starts the demo reads when it cannot be made."""

SENTENCES = {
    "demo_not_empty": "Somebody has an account here already; the demo fills an empty installation only.",
    "demo_production": "Production holds real people only; the demo is refused there.",
    "demo_release_failed": "The invented community is there, but its release could not be built: {reason}.",
}
