"""Who and what the invented community consists of. Every name and every text says that it is invented."""

from __future__ import annotations

from dataclasses import dataclass

from peerspace.kernel.actor import Role

PASSPHRASE = "invented-lantern-harbour"  # noqa: S105 printed for whoever tries the demo
"""One passphrase for every invented account; they exist outside production only."""


@dataclass(frozen=True, slots=True)
class Part:
    """One invented person. `symbol` and `colour` are their token; `scopes` what they consent to research about."""

    name: str
    role: Role
    symbol: str = ""
    colour: str = ""
    training: str = "not_recorded"
    pay: str = "not_recorded"


STAFF = (
    Part("Demo Wren", Role.PEER_WORKER, training="trained", pay="paid"),
    Part("Demo Ines", Role.SUPERVISOR, training="trained", pay="paid"),
    Part("Demo Tomasz", Role.SUPERVISOR, training="trained", pay="volunteer"),
    Part("Demo Researcher", Role.RESEARCHER),
    Part("Demo Panel One", Role.PANEL),
    Part("Demo Panel Two", Role.PANEL),
    Part("Demo Panel Three", Role.PANEL),
    Part("Demo Admin", Role.ADMINISTRATOR),
)
"""Everybody who keeps the place; members follow."""

MEMBER_WORDS = (
    "Marigold", "Slow River", "Ash", "Tidepool", "Lantern", "Fern", "Harbour", "Pebble", "Juniper", "Otter",
    "Saltmarsh", "Kite", "Bramble", "Heron", "Quill", "Moss", "Teasel", "Linnet", "Drift", "Hazel",
    "Cobble", "Sedge", "Plover", "Thimble", "Willow", "Anchor", "Clover", "Rook", "Sorrel", "Tern",
    "Cinder", "Vale", "Wick", "Yarrow", "Birch", "Dune",
)  # fmt: skip
MEMBERS = tuple(Part(f"Demo {word}", Role.MEMBER) for word in MEMBER_WORDS)
CONSENTING = 28
"""The first so many members consent to what is counted; the others never do."""

SPACES = (
    ("nights", "Nights", "For when sleep stays away. An invented space."),
    ("small-wins", "Small wins", "Things that went a little better. An invented space."),
    ("first-steps", "First steps", "New here? First posts wait for a person to see them. An invented space."),
)
ROOMS = (
    ("late-kitchen", "The late kitchen", "For when the house is asleep. An invented room."),
    ("slow-sunday", "Slow Sunday", "A quiet circle. An invented room."),
    ("garden-bench", "The garden bench", "Nobody is on duty here now. An invented room."),
)

THREADS = (
    (
        "nights",
        "Third night without sleep (invented)",
        "Invented text: the kettle and I are on first-name terms by now. What do you do at four?",
    ),
    (
        "nights",
        "The radio helps (invented)",
        "Invented text: a voice that wants nothing from me. Which one do you listen to?",
    ),
    (
        "nights",
        "Counting the bins being collected (invented)",
        "Invented text: it means the morning is nearly here.",
    ),
    (
        "small-wins",
        "Opened the post today (invented)",
        "Invented text: three letters, none of them bad. It took a week.",
    ),
    ("small-wins", "Walked to the corner and back (invented)", "Invented text: the corner was still there."),
    ("small-wins", "Said no on the phone (invented)", "Invented text: and the sky stayed up."),
)
REPLIES = (
    "Invented reply: thank you for saying it.",
    "Invented reply: same here, most weeks.",
    "Invented reply: I make toast. It is not advice, it is toast.",
    "Invented reply: I read this twice. With you.",
    "Invented reply: what helped me was writing one line a day.",
    "Invented reply: that took a lot. I know that corner.",
    "Invented reply: I am up as well.",
)
CONVERSATION_TITLE = "Does the dread before sleep get quieter? (invented)"
CONVERSATION: tuple[tuple[str, int | None, str, str], ...] = (
    ("Demo Marigold", None, ("Invented text: every night around ten it starts. Not thoughts exactly, more like bracing "
     "for something. I do not need fixing, I would just like to know I am not the only one."), ""),
    ("Demo Slow River", 0, ("Invented reply: you are not. Mine has a time too, half past nine, like a bus. It has got "
     "quieter over two years. Not gone. I stopped *arguing* with it."), ""),
    ("Demo Wren", 1, ("Invented reply: this. Somebody once told me to let it sit in the other chair.\n\n"
     "> I stopped arguing with it\n\nI still say that out loud some nights."), ""),
    ("Demo Ash", 0, "Invented reply: mine came back last winter, and went again. I only know that now.", "hospital"),
    ("Demo Marigold", 2, "Invented reply: the other chair. I will try that, thank you both.", ""),
    ("Demo Tidepool", None, "Invented reply: the bins being collected is my sign that it is over for the night.", ""),
)  # fmt: skip
"""A thread in which people answer one another: who, which line they answer, words, content note."""
LINES = (
    "Invented line: kettle is on.",
    "Invented line: first time here, not sure what to say.",
    "Invented line: you need not say anything. Reading is being here too.",
    "Invented line: it is quieter with somebody in the room.",
    "Invented line: ten o'clock dread, only two hours late.",
    "Invented line: mine must have missed the bus.",
    "Invented line: I am going to try to sleep now.",
    "Invented line: good night, and thank you.",
)
STUDY_TITLE = "Invented evenings: how an invented community spends its hours"
NEWCOMERS = (
    ("Demo Newcomer", "Invented words: I read along for a while and would like to say something too."),
    ("Demo Night Owl", "Invented words: a friend told me that people are awake here."),
)

CHANGED = (
    "Invented message: write to me at my other place, I will tell you where.",
    "Invented message: good night to all of you.",
)
"""What one message says first, and after its author changed it."""
