"""The same again and again: planned, booked in one act, edited in one act."""
