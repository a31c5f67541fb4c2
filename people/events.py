"""What `people` announces."""

from __future__ import annotations

from uuid import UUID

from core.events import Event

# (person, address): somebody has an account, or another address, and what was kept for that address is theirs. The
# receiver is inside the transaction that wrote it.
address_taken: Event[[UUID, str]] = Event()
