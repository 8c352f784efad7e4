"""PeerSpace: a moderated community of peer support, and the research data its members consent to."""
