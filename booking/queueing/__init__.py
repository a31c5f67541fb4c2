"""Who waits for time that is not free, and to whom it goes when it is."""
