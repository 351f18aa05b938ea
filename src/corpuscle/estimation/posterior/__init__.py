"""What rivals, beliefs and chances make of candidate links."""
