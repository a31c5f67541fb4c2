"""What happens to the money when a booking changes, ends, or was used otherwise."""
