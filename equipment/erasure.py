"""What equipment forgets of a person: what they were certified for."""

from core import retention


def register() -> None:
    retention.forget_person(
        "DELETE FROM equipment_certification WHERE person_id = who",
        "UPDATE equipment_certification SET given_by_id = NULL WHERE given_by_id = who",
        "UPDATE equipment_servicenote SET by_id = NULL WHERE by_id = who",
        "UPDATE equipment_fault SET reported_by_id = NULL WHERE reported_by_id = who",
    )
