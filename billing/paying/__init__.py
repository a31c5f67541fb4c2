"""Money in and out: orders, checkout, payments, deposits, transfers, refunds."""
