"""Receipts: what a member can keep as proof, after ISO/IEC TS 27560. Pure.

A receipt carries the record's random id and no id of a participant, so that showing it to somebody gives nothing away.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from peerspace.consent.scopes import BY_NAME, in_order

SCHEMA_VERSION = "27560:2023/1"
CONTROLLER = "the organisation that runs this PeerSpace"
RETENTION = "what is counted: until you erase it; proof of consent stays with the account"
RECIPIENTS = {
    "open": "open aggregate tables (T0): anyone who can see a study",
    "safeguarded": "anonymised rows (T1): researchers of an approved study",
    "controlled": "pseudonymised rows (T2): researchers of a study the panel approved for it, under agreement",
}


def terms_for(scopes: Iterable[str], controller: str = CONTROLLER) -> dict[str, Any]:
    """What stood at the moment of choosing: controller, purposes, categories, recipients, retention, legal basis."""
    chosen = in_order(scopes)
    recipients = [RECIPIENTS["open"], RECIPIENTS["safeguarded"]]
    if "detailed" in chosen:
        recipients.append(RECIPIENTS["controlled"])
    return {
        "controller": controller,
        "purposes": {name: BY_NAME[name].purpose for name in chosen},
        "data_categories": {name: BY_NAME[name].categories for name in chosen},
        "recipients": recipients,
        "retention": RETENTION,
        "legal_basis": "explicit consent (GDPR articles 6(1)(a) and 9(2)(a))",
        "withdrawal": "at any time at /my/consent; a published release cannot be called back",
    }


def receipt(
    *,
    record_id: str,
    schema_version: str,
    event: str,
    scopes: Iterable[str],
    at: datetime,
    method: str,
    terms: Mapping[str, Any],
    notice: Mapping[str, str | int],
) -> dict[str, Any]:
    """The receipt as JSON-ready values, its own hash included. `notice`: number, language and content_hash."""
    body: dict[str, Any] = {
        "schema_version": schema_version,
        "record_id": record_id,
        "event": event,
        "scopes": in_order(scopes),
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
