"""Pages: templates compiled once a language, with its words and the small macros folded in."""
