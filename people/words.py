"""Sentences about partners that more than one screen says."""

from core.words import Words

ONLY_THE_LEAD = Words("lo fa la mandataria", "the lead partner does this")
