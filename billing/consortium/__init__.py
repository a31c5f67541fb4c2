"""A month divided among partners: agreements, rules, costs, settlements."""
