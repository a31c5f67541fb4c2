"""What breaks, and what becomes of those who had booked it."""
