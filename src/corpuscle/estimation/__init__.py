"""Classical mathematics that the verbs share: gates, assignment, motion, filters."""
