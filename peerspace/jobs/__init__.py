"""Background work: its timetable and the database lease that gives it one holder."""
