"""What an organisation on account books, and the office's bills of a month."""

from booking.attending import attendance, consequences
from booking.models import Booking, Consequence
from core.ids import decode, encode
from tests.api import client, post, wish
from tests.booking.confirmed import final
from tests.stories.passes import checked_out, quoted


def book(cast, resource, start, end, *, method="account", by=None, body=None):
    """A booking of the association (or another body), owed by it; its public id."""
    api = client(by or cast.bruno)
    organisation = encode("org", (body or cast.association).pk)
    held = post(api, "/bookings", wish(resource, start, end, organisation_id=organisation), start).json()
    quote = quoted(api, held["id"], organisation_id=organisation)
    made = checked_out(api, quote, [held["id"]], method=method)
    assert made.status_code == 201, made.content
    return held["id"]


def cancelled(cast, booking):
    post(client(cast.bruno), f"/bookings/{booking}/cancel", key=f"c{booking}")
    final(decode("bkg", booking))


def missed(cast, booking):
    attendance.mark_no_show(cast.gina, decode("bkg", booking))


def appealed(cast, booking):
    consequences.appeal(cast.bruno, decode("bkg", booking), "Era chiuso il cancello")


def excused(cast, booking):
    fee = Consequence.objects.get(booking=decode("bkg", booking), kind="fee")
    consequences.grant(cast.gina, fee.pk, "È vero")


def the(booking):
    return Booking.objects.get(pk=decode("bkg", booking))


class Office:
    """Franco's: the lead partner's bills; `fee` is the booking that a story's fee is of."""

    fee = ""

    def __init__(self, cast):
        self.franco, self.issuer = cast.franco, encode("iss", cast.lead.issuer.pk)
        self.organisation = encode("org", cast.association.pk)

    @property
    def api(self):
        """Signed in anew: a month later the old session is over."""
        return client(self.franco)

    def month(self, month, **more):
        asked = "&".join(f"{name}={value}" for name, value in more.items())
        return self.api.get(f"/api/v1/bills?issuer_id={self.issuer}&month={month}&{asked}").json()

    def preview(self, month):
        said = f"issuer_id={self.issuer}&organisation_id={self.organisation}&month={month}"
        answer = self.api.get(f"/api/v1/bills/preview?{said}")
        assert answer.status_code == 200, answer.content
        return answer.json()

    def issue(self, month, fingerprint=None, key="bill"):
        seen = fingerprint or self.preview(month)["fingerprint"]
        body = {"issuer_id": self.issuer, "organisation_id": self.organisation, "month": month}
        return post(self.api, "/bills", body | {"fingerprint": seen}, key)

    def agree(self, **terms):
        body = {"issuer_id": self.issuer, "organisation_id": self.organisation, "days": 30}
        return self.api.put("/api/v1/on-account", body | terms, format="json")
