"""What pays ahead of money: allowances, passes, plans, programmes."""
