"""A booking's life: held, asked for, confirmed, refused, cancelled, lapsed."""
