"""What holds the community: rules and their versions, help lines, settings with history, shared decisions."""
