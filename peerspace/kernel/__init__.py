"""What every feature stands on: actor, clock, errors, events, unit of work, database, audit chain."""
