"""The door, seen from both sides: joining, signing in, own settings, admissions, one-time links."""
