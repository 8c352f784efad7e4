"""Live rooms: timetable, duty, messages and one-to-one conversations."""
