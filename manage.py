#!/usr/bin/env python
"""Django's command line for Ballatoio."""

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    if sys.argv[1:2] in (["migrate"], ["makemigrations"]):
        os.environ.setdefault("DATABASE_ROLE", "owner")
    from django.core.management import execute_from_command_line

    from core.frames import in_one_piece

    in_one_piece(execute_from_command_line)(sys.argv)


if __name__ == "__main__":
    main()
