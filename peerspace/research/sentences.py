"""What a researcher or a panel member reads when something does not go."""

from __future__ import annotations

from peerspace.kernel.wording import N_

SENTENCES: dict[str, str] = {
    "study_field_empty": N_("Please fill this in. The register shows it to members."),
    "study_field_date": N_("Please write a date like 2026-09-30."),
    "study_dates_order": N_("The end must lie after the beginning."),
    "study_ethics_expired": N_("The ethics approval has run out by this date."),
    "study_orcid": N_("This is not an ORCID iD. It looks like 0000-0002-1825-0097."),
    "study_intended_use": N_("Please write a number above 0, such as 4 or 2.5."),
    "study_choice": N_("Please choose one of the answers."),
    "study_not_approved": N_("The panel has not approved this study, so no dataset can be asked for."),
    "study_changed": N_(
        "The study has changed since you opened this page. Please read it again before you decide."
    ),
    "panel_own_study": N_(
        "You registered this study or take part in it, so somebody else on the panel decides."
    ),
    "panel_decision_unknown": N_("Please choose a decision."),
    "panel_conditions_needed": N_("Please say which conditions the study has to meet."),
    "release_tier": N_("Only open aggregates (T0) can be asked for here."),
    "release_window": N_("The dataset must begin before it ends, and cannot end in the future."),
    "release_before_study": N_(
        "This study begins on {first_day}, and takes nothing from before. Please choose a later day."
    ),
    "release_after_study": N_(
        "This study ends on {last_day}, and takes nothing from after. Please choose an earlier day."
    ),
    "release_window_told": N_(
        "A dataset of this PeerSpace already tells {first_day} to {last_day}, or is about to. Two datasets over the "
        "same days could be compared, and the difference would show what one person did. So every day is told once. "
        "Please choose days outside that time."
    ),
    "release_expired": N_("This dataset is no longer kept. Its entry in the register stays."),
    "release_not_ready": N_("This dataset is not ready yet."),
    "release_building": N_("This dataset is being built just now. Please wait until that has ended."),
    "release_failed_nobody": N_(
        "Nobody's consent covers this time, so there is nothing to count. Choose "
        "another time, or wait until members take part."
    ),
    "release_failed_crashed": N_(
        "The build broke off more than once and was given up. Please tell the people who run this PeerSpace."
    ),
    "release_failed_unverified": N_(
        "The finished dataset did not pass its own checks, so it was thrown away. "
        "Please tell the people who run this PeerSpace."
    ),
    "release_failed_consent": N_(
        "Consent kept changing while the dataset was being built. Please ask for it again."
    ),
    "release_failed_error": N_(
        "Something went wrong on our side while the dataset was being built. Nothing "
        "half-made was kept. Please tell the people who run this PeerSpace."
    ),
    "release_disk_full": N_(
        "There was no room left on the machine's disk. Nothing half-made was kept. "
        "Please tell the people who run this PeerSpace, then ask for the dataset "
        "again."
    ),
    "release_write_failed": N_(
        "The dataset could not be written. Nothing half-made was kept. Please tell "
        "the people who run this PeerSpace."
    ),
    "release_unsafe": N_(
        "The numbers cannot be made safe for this time, so nothing was published. A "
        "longer time, or more people, may do."
    ),
    "research_source_unreadable": N_(
        "PeerSpace's records could not be read. Please ask for the dataset again later."
    ),
    "release_bad_text": N_(
        "The study's “{field}” holds characters that cannot stand in a dataset. "
        "Please tell the people who run this PeerSpace."
    ),
    "release_folder_not_empty": N_(
        "The place for the dataset was taken. Nothing was written over. Please ask for it again."
    ),
    "release_flow_inconsistent": N_(
        "The counts of people do not fit together, so nothing was published. Please "
        "tell the people who run this PeerSpace."
    ),
    "release_measure_missing": N_(
        "A measure is missing, so nothing was published. Please tell the people who run this PeerSpace."
    ),
    "release_negative": N_(
        "A number came out below zero, so nothing was published. Please tell the "
        "people who run this PeerSpace."
    ),
    "release_not_a_number": N_(
        "Something that should be a number is not, so nothing was published. Please "
        "tell the people who run this PeerSpace."
    ),
    "release_study_incomplete": N_(
        "The study lacks something that a dataset has to say, so nothing was "
        "published. Please tell the people who run this PeerSpace."
    ),
    "release_unexpected_level": N_(
        "A table holds something that is on no list, so nothing was published. "
        "Please tell the people who run this PeerSpace."
    ),
    "enrolment": N_(
        "The records of consent do not fit together, so nothing was published. "
        "Please tell the people who run this PeerSpace."
    ),
    "measure_result": N_(
        "A measure did not keep its own rules, so nothing was published. Please tell "
        "the people who run this PeerSpace."
    ),
    "release_damaged": N_(
        "The dataset's files are not as they were when it was checked, so none is given "
        "out. Please tell the people who run this PeerSpace."
    ),
}
