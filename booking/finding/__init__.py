"""What is free: for one resource, for many, for several together, drawn as days."""
