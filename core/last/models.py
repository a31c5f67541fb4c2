"""Empty: Django tells only apps with a models module that migrations are over."""
