"""What the accountant reads: registers, journal, what is owed, months that close, monthly bills."""
