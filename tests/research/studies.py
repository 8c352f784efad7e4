"""A study with everything the registration asks, registered and approved through the services."""

from __future__ import annotations

from peerspace.kernel.actor import Actor
from peerspace.kernel.uow import Database
from peerspace.research.studies import decide_study, register_study

ANSWERS: dict[str, str] = {
    "title": "Nights and mutual support",
    "question": "Does answering others at night help people stay?",
    "protocol": "OSF 7xk2p",
    "tables": "All open tables, to describe dosage, modality and interactivity.",
    "starts_on": "2026-01-01",
    "ends_on": "2027-01-04",
    "intended_measure": "sessions",
    "intended_amount": "4",
    "intended_why": "One session a week is what the room timetable offers.",
    "investigator": "Rea Marsh",
    "orcid": "0000-0002-1825-0097",
    "sponsor": "University of the Coast",
    "controller": "University of the Coast",
    "people": "Rea Marsh, investigator",
    "ethics_body": "Coast Research Ethics Committee",
    "ethics_reference": "24/118",
    "ethics_until": "2028-01-01",
    "dpia": "DPIA-12",
    "agreement": "open aggregates only",
    "retention_until": "2030-01-01",
    "aim": "To ask what matters at night.",
    "methods": "Two workshops and a steering group.",
    "results": "A new outcome; one member left.",
    "influence": "The main outcome was chosen by the group.",
    "reflection": "We began too late.",
    "numbers": "Six people who use peer support",
    "payment": "25 an hour",
    "stage": "From the design on",
    "decisions": "Outcomes and consent texts",
    "changed": "The consent text became half as long.",
    "refused": "A longer study: there is no money for it.",
}


def registered(database: Database, researcher: Actor, **changes: str) -> str:
    """Register the study and return its slug."""
    with database.write(researcher) as uow:
        return register_study(uow, ANSWERS | changes).slug


def approved(database: Database, researcher: Actor, panel: Actor, **changes: str) -> str:
    """Register the study, have the panel approve it with a condition, and return its slug."""
    slug = registered(database, researcher, **changes)
    with database.write(panel) as uow:
        decide_study(
            uow,
            slug,
            decision="approved_with_conditions",
            reasons="It asks what we want to know.",
            conditions="Show us the results first.",
            version="1",
        )
    return slug
