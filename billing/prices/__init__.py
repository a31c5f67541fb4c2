"""What something costs, from rates to a price with its steps: mostly pure."""
