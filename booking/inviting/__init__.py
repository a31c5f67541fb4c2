"""Calendars of others: invitations and feeds that leave, outside calendars that come in."""
