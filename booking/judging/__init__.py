"""One function says yes or no, and why; what it needs to know, and the rules it asks."""
