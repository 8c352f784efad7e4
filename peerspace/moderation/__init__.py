"""Reports, the desk, decisions, appeals, shifts, supervision and transparency."""
