"""The words about bookings, and to whom they go."""
