"""The demo town: Toolbox, Open Incet, the Campidoglio living lab. Deterministic from its seed; dates are relative to today."""
