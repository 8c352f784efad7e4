"""Help lines, *Get help now*, and the administrator's pages."""
