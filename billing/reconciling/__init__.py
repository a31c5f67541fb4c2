"""The gateway's account against ours: what it tells, what differs, what is disputed."""
