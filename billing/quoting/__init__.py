"""Prices shown to somebody: quotes, offers, what goes with a booking, and price lists before they are published."""
