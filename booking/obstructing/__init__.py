"""What takes time though nobody booked it: outages and outside calendars around what is there, a place that changes."""
