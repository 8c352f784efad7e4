"""The scopes of consent: what each one asks, an example of what it makes, and which others it rests on.

Each is off until it is given, is a question of its own, and can be taken back on its own.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from peerspace.kernel.wording import N_


@dataclass(frozen=True, slots=True)
class Scope:
    """One thing a member may agree to, in English: its words are translated where they are shown.

    `needs` names the scope that must stand first ('' for none).
    """

    name: str
    title: str
    question: str
    example: str
    purpose: str
    categories: str
    needs: str = "usage"


SCOPES: tuple[Scope, ...] = (
    Scope(
        "usage",
        N_("What I do here, counted"),
        N_(
            "May researchers count what I do here: that I write, open a thread, react or enter a room, when, and how "
            "long what I write is? Never the words."
        ),
        N_("Tuesday 20:14, a post in the forum, 212 characters long."),
        N_("to measure how much peer support people take part in, and through which channels"),
        N_("acts on the platform, their times, lengths and channels"),
        needs="",
    ),
    Scope(
        "time",
        N_("Time I spend here"),
        N_("May they also count the time I spend reading and in rooms?"),
        N_("Tuesday 20:02 to 20:41, in a room."),
        N_("to measure time spent, apart from writing"),
        N_("time in rooms and on threads"),
    ),
    Scope(
        "interactions",
        N_("Exchanges with others"),
        N_(
            "May they see that I answered someone, or was answered, when that person has also said yes? For anybody "
            "else only “a member who does not take part” is noted."
        ),
        N_("Tuesday 20:14, an answer to another participant, known by a random number."),
        N_("to measure how people answer one another"),
        N_("links between your contributions and those of other participants, under random numbers"),
    ),
    Scope(
        "experience",
        N_("Hard moments"),
        N_(
            "May they count hard moments: that I reported or blocked someone, had something hidden, was warned or "
            "restricted, or met something that was later found to break the rules?"
        ),
        N_("Friday, one report made. Not about whom, and not why."),
        N_("to learn whether long use brings harm, and what kind"),
        N_("reports made, blocks given, decisions about your content, content met that broke the rules"),
    ),
    Scope(
        "background",
        N_("Answers about myself"),
        N_(
            "May they use answers I choose to give about myself, such as an age band? Each question can be left out. "
            "Not used yet: no such question is asked so far."
        ),
        N_("Age band: 35 to 44."),
        N_("to learn for whom peer support works"),
        N_("your own answers about yourself, special categories of data among them"),
    ),
    Scope(
        "detailed",
        N_("My rows in controlled datasets"),
        N_(
            "May approved researchers under a signed agreement work with my own rows, day by day, under a random "
            "number? Such rows are not anonymous: somebody who knows this place well might recognise me. "
            "Not used yet: no such dataset is made so far."
        ),
        N_("Random number 7f3a, day 12: 2 posts, 1 answer received, 14 active minutes."),
        N_("to analyse courses over time in controlled datasets (tier T2)"),
        N_("your rows per day and session, pseudonymised"),
    ),
    Scope(
        "linkage",
        N_("A trial I take part in"),
        N_(
            "If I take part in a trial, may my rows here be joined with the code I have there? "
            "Not used yet: no trial is joined so far."
        ),
        N_("Random number 7f3a, trial code 0417."),
        N_("to analyse a trial together with what happened here"),
        N_("a trial's participant code"),
        needs="detailed",
    ),
    Scope(
        "recontact",
        N_("Being asked again"),
        N_(
            "May PeerSpace pass on an invitation to a study that the panel approved? Researchers never learn who I am. "
            "Not used yet: no invitation is passed on so far."
        ),
        N_("A message in my inbox, with a yes and a no."),
        N_("to invite you to further studies"),
        N_("that you agreed to be invited"),
    ),
    Scope(
        "future",
        N_("Studies approved later"),
        N_(
            "May studies about peer support that the panel approves later use what is counted too? I am told 14 days "
            "before, and can say no to each. Not used yet: so far this answer makes no difference to which studies use "
            "what is counted."
        ),
        N_("A notice: “A new study would like to count what you do. You have 14 days to say no.”"),
        N_("for studies on peer support that the lived-experience panel approves later"),
        N_("whatever your other answers cover, for later studies"),
    ),
)

BY_NAME: dict[str, Scope] = {scope.name: scope for scope in SCOPES}
NAMES: tuple[str, ...] = tuple(BY_NAME)


def closed(scopes: Iterable[str]) -> frozenset[str]:
    """Those of `scopes` that rest on something: a scope whose ground is missing does not stand either.

    Unknown names are dropped.
    """
    wanted = {name for name in scopes if name in BY_NAME}
    while True:
        stands = {name for name in wanted if not BY_NAME[name].needs or BY_NAME[name].needs in wanted}
        if stands == wanted:
            return frozenset(stands)
        wanted = stands


def lost_with(scopes: Iterable[str], in_force: Iterable[str]) -> frozenset[str]:
    """What of `in_force` goes when `scopes` are taken back: themselves and whatever rests on them."""
    before = closed(in_force)
    return before - closed(before - set(scopes))


def in_order(scopes: Iterable[str]) -> list[str]:
    """`scopes` in the order in which they are asked."""
    held = set(scopes)
    return [name for name in NAMES if name in held]
