"""Receipts: what a member can keep as proof, after ISO/IEC TS 27560. Pure.

A receipt carries the record's random id and no id of a participant, so that showing it to somebody gives nothing away.
It is written once, in the language in which the choice was made, word for word; it is never translated afterwards.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from peerspace.consent.scopes import BY_NAME, in_order
from peerspace.kernel.wording import ENGLISH, N_, Language

SCHEMA_VERSION = "27560:2023/3"
"""2: with the language of the questions and their wording. 3: with what was said of each scope, for one act may say yes
to one and no to another. Records of 1 were made in English; all stay as they are."""
WITHOUT_ANSWERS = ("27560:2023/1", "27560:2023/2")
CONTROLLER = N_("the organisation that runs this PeerSpace")
RETENTION = N_("what is counted: until you erase it; proof of consent stays with the account")
RECIPIENTS = {
    "open": N_("open aggregate tables (T0): anyone who can see a study"),
    "safeguarded": N_("anonymised rows (T1): researchers of an approved study"),
    "controlled": N_(
        "pseudonymised rows (T2): researchers of a study the panel approved for it, under agreement"
    ),
}
LEGAL_BASIS = N_("explicit consent (GDPR articles 6(1)(a) and 9(2)(a))")
WITHDRAWAL = N_("at any time at /my/consent; a published release cannot be called back")


def terms_for(
    scopes: Iterable[str],
    controller: str = CONTROLLER,
    language: Language = ENGLISH,
    *,
    given: Collection[str] = (),
) -> dict[str, Any]:
    """What stood at the moment of choosing, in the words of `language`.

    Controller, purposes, categories, recipients, retention, legal basis, and each question as it was asked. Where
    something is `given`, the recipients are those of that alone.
    """
    said = language.catalogue.gettext
    chosen = in_order(scopes)
    recipients = [RECIPIENTS["open"], RECIPIENTS["safeguarded"]]
    if "detailed" in (given or chosen):
        recipients.append(RECIPIENTS["controlled"])
    return {
        "language": language.code,
        "questions": {
            name: {
                "language": language.code,
                "title": said(BY_NAME[name].title),
                "question": said(BY_NAME[name].question),
                "example": said(BY_NAME[name].example),
            }
            for name in chosen
        },
        "controller": said(controller) if controller == CONTROLLER else controller,
        "purposes": {name: said(BY_NAME[name].purpose) for name in chosen},
        "data_categories": {name: said(BY_NAME[name].categories) for name in chosen},
        "recipients": [said(line) for line in recipients],
        "retention": said(RETENTION),
        "legal_basis": said(LEGAL_BASIS),
        "withdrawal": said(WITHDRAWAL),
    }


def terms_again(scopes: Iterable[str], given: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The terms of something that ends without a page (it ran out, or a restored backup had forgotten the end).

    Nothing was shown, so they are said again as they were said when it was given: `given` holds the terms of the
    yeses, oldest first. What is in none of them is said in English.
    """
    chosen = in_order(scopes)
    terms = terms_for(chosen)
    # The yes that named most recipients says best who could have had what; of several, the newest.
    whole = max(reversed(given), key=lambda one: len(one["recipients"]), default=None)
    if whole is not None:
        terms |= {
            name: whole[name]
            for name in ("controller", "recipients", "retention", "legal_basis", "withdrawal")
        } | {"language": whole.get("language", ENGLISH.code)}
    for name in chosen:
        for said in given:
            if name in said["purposes"]:
                terms["purposes"][name] = said["purposes"][name]
                terms["data_categories"][name] = said["data_categories"][name]
                asked = said.get("questions", {}).get(name)
                terms["questions"].pop(name, None)
                if asked:  # a record of schema 1 did not keep how it was asked
                    terms["questions"][name] = asked
    return terms


def event_of(answers: Mapping[str, str]) -> str:
    """The one event of an act, or `changed` where it said different things of different scopes."""
    events = set(answers.values())
    return events.pop() if len(events) == 1 else "changed"


def receipt(
    *,
    record_id: str,
    schema_version: str,
    answers: Mapping[str, str],
    at: datetime,
    method: str,
    terms: Mapping[str, Any],
    notice: Mapping[str, str | int],
) -> dict[str, Any]:
    """The receipt as JSON-ready values, its own hash included. `notice`: number, language and content_hash."""
    scopes = in_order(answers)
    each = {} if schema_version in WITHOUT_ANSWERS else {"answers": {name: answers[name] for name in scopes}}
    body: dict[str, Any] = {
        "schema_version": schema_version,
        "record_id": record_id,
        "event": event_of(answers),
        "scopes": scopes,
        **each,
        "time": at.isoformat(),
        "method": method,
        "notice": dict(notice),
        **terms,
    }
    return {**body, "receipt_hash": receipt_hash(body)}


def receipt_hash(body: Mapping[str, Any]) -> str:
    """SHA-256 (hex) of the receipt's canonical JSON: without `receipt_hash`, keys sorted, no spaces, UTF-8."""
    plain = {key: value for key, value in body.items() if key != "receipt_hash"}
    text = json.dumps(plain, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def verify_receipt(kept: Mapping[str, Any]) -> bool:
    """Whether a receipt is unchanged: its hash fits what it says."""
    return hmac.compare_digest(str(kept.get("receipt_hash", "")), receipt_hash(kept))
