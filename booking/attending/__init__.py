"""Who came, who left, who did not come, and what follows."""
