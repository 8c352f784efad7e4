"""Consent to research: notices and their versions, scopes, records, receipts, withdrawal."""
