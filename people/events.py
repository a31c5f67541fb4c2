"""What `people` announces."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from core.events import Event

if TYPE_CHECKING:
    from people.models import FiscalIdentity

# (person, address): somebody has an account, or another address, and what was kept for that address is theirs. The
# receiver is inside the transaction that wrote it.
address_taken: Event[[UUID, str]] = Event()

# Somebody whose VAT number or country was written, right after it was, in the same transaction where there is one.
number_told: Event[[FiscalIdentity]] = Event()
