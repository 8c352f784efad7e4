"""Consent to research, and what is recorded about a member."""
