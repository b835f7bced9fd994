"""Which parts of a module take a whole sequence at once, found without running it."""
