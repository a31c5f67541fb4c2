"""Another time, another place, another person; and ten seconds to think again."""
