"""Live rooms: duty, presence, messages and catching up."""
