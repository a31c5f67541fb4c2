"""Runs the sandbox; refuses to in production."""

from __future__ import annotations

import argparse
import os
import sys

from billing.gateways.sandbox.server import serve


def main() -> int:
    if os.environ.get("ENVIRONMENT") == "production":
        sys.stderr.write("the sandbox gateway does not run in production\n")
        return 1
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=8010)
    parser.add_argument("--webhook", required=True)
    parser.add_argument("--secret", required=True)
    parser.add_argument("--state", required=True)
    given = parser.parse_args()
    serve(given.port, given.webhook, given.secret, given.state).serve_forever()
    return 0


if __name__ == "__main__":
    sys.exit(main())
