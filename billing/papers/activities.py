"""Of which activity documents are, in words."""

from __future__ import annotations

from billing.models import Document
from core.words import Words

ACTIVITIES: dict[str, Words] = {
    Document.Activity.INSTITUTIONAL: Words("Attività istituzionale", "Institutional activity"),
    Document.Activity.COMMERCIAL: Words("Attività commerciale", "Commercial activity"),
    Document.Activity.MIXED: Words("Attività di entrambi i tipi", "Activity of both kinds"),
}
