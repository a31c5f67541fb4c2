"""What waits for the staff's yes or no."""
