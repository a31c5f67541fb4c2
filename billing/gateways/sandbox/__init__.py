"""The sandbox gateway: for development, the demo and the tests, never for production.

A small server that keeps its state in one SQLite file and speaks enough of Stripe's HTTP API for the real client
to open a hosted page, be paid, refunded, disputed and paid out, and to call our webhook: twice, late, out of order,
unsigned or never, as `/sandbox/mood` asks. Its modules are its acts; `api.py` says which address is which.
Run: `python -m billing.gateways.sandbox --port 8010 --webhook URL --secret whsec_… --state FILE`.
"""
