"""A machine breaks and those in it are written to, as the stories say it."""

import re

from booking.models import Booking
from core.ids import encode
from core.models import Mail
from equipment.models import Certification
from tests.api import client, post
from tests.billing.sales import book, sell
from tests.cast import LONG_AGO, rome


def maker(cast, n, language="it"):
    person = cast.person(f"Maker{n}", language=language)
    Certification.objects.create(person=person, skill=cast.laser_skill, from_on=LONG_AGO)
    return person


def booked(person, resource, wall, minutes=60):
    """A booking that was paid for."""
    made = book(person, resource, rome(wall), minutes)
    sell(person, made)
    return Booking.objects.get(pk=made.pk)


def broken(cast, resource, until=None):
    api = client(cast.gina)
    said = {"resource_id": encode("res", resource.pk), "reason": "Tubo del laser rotto", "until_at": until}
    outage = post(api, "/outages", said, f"out-{resource.pk}")
    assert outage.status_code == 201, outage.content
    rescue = post(api, "/rescues", {"outage_id": outage.json()["id"]}, f"rescue-{resource.pk}")
    assert rescue.status_code == 201, rescue.content
    return outage.json(), rescue.json()


def sent(cast, rescue):
    answer = post(client(cast.gina), f"/rescues/{rescue['id']}/send")
    assert answer.status_code == 200, answer.content
    return answer.json()


def secret_of(person):
    """The secret in the person's letter, as they would find it."""
    letter = Mail.objects.filter(person_id=person.pk, text__contains="/answer/").latest("made_at")
    (secret,) = re.findall(r"/answer/(\S+)", letter.text)
    return secret


def opened(person):
    answer = client().get(f"/api/v1/answers/{secret_of(person)}")
    assert answer.status_code == 200, answer.content
    return answer.json()


def answered(person, choice, case=0, key="answer"):
    secret = secret_of(person)
    case_id = client().get(f"/api/v1/answers/{secret}").json()["cases"][case]["id"]
    return post(client(), f"/answers/{secret}", {"case_id": case_id, "choice": choice}, key)
