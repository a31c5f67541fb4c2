"""What a change of rules or hours would do, before it is saved."""
