"""Reports, the desk, decisions, and words with people somebody is worried about."""
