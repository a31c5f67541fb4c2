"""Every route, asked by everybody: a declared table, which a new route must enter.

The right is read from the status: 401 "who are you?", 404 "nothing here for you", 403 "not with your role",
anything else "yes". 409, and 403r (`refused`, by the rules), are a yes to somebody who comes at the wrong moment.
"""

from __future__ import annotations

import json

import pytest
from django.urls import get_resolver, resolve

from tests.contracts.asking import ask, routes, said, verdict
from tests.contracts.world import ROLES

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("demo_on_a_monday")]

DAY = "on_from=2026-12-01&on_to=2026-12-02"
WISH = '"items": [{"resource_id": "RESOURCE"}], "period": {"start": "2026-12-02T10:00", "end": "2026-12-02T11:00"}'
PLAN = (
    '"items": [{"resource_id": "RESOURCE"}], "rule": {"repeat": "weekly", "weekdays": ["tue"], '
    '"hours": {"start": "10:00", "end": "11:00"}, "first_on": "2026-12-01", "last_on": "2026-12-31"}'
)
SLOT = '"resource_id": "RESOURCE", "period": {"start": "2026-12-02T10:00", "end": "2026-12-02T11:00"}'
LATER = '"period": {"start": "2026-12-02T14:00", "end": "2026-12-02T15:00"}'

# A word in capitals stands for the public id of what the world made: BOOKING and HELD are the owner's, ASKED is the
# delegate's organisation's, the venue is the lead partner's.
#
# request                                                  visitor stranger owner delegate staff member lead accountant admin
TABLE = f"""
GET    /api/v1/session                                     200 200 200 200 200 200 200 200 200
POST   /api/v1/session                                     401 401 401 401 401 401 401 401 401  {{"email": "ada@example.org", "password": "not-her-password"}}
DELETE /api/v1/session                                     204 204 204 204 204 204 204 204 204
GET    /api/v1/people?q=ada                                401 403 403 403 200 200 200 403 200
GET    /api/v1/people/me                                   401 200 200 200 200 200 200 200 200
PATCH  /api/v1/people/me                                   401 200 200 200 200 200 200 200 200  {{"language": "en"}}
POST   /api/v1/people/me/erase                             401 422 422 422 422 422 422 422 422  {{"password": "not-theirs"}}
POST   /api/v1/people/PERSON/erase                         401 403 403 403 403 403 403 403 409  {{}}
GET    /api/v1/organisations                               401 200 200 200 200 200 200 200 200
PATCH  /api/v1/organisations/ORGANISATION                  401 404 404 200 404 404 404 404 200  {{"city": "Ivrea"}}
GET    /api/v1/people/me/viewings                          401 200 200 200 200 200 200 200 200
GET    /api/v1/viewings                                    401 403 403 403 403 200 200 403 200
GET    /api/v1/consortia                                   401 403 403 403 403 200 200 200 200
GET    /api/v1/consortia/CONSORTIUM                        401 403 403 403 403 200 200 200 200
POST   /api/v1/consortia/CONSORTIUM/agreements             401 403 403 403 403 403 201 403 201  {{"from_on": "2027-01-01", "shares": [{{"partner_id": "LEAD_PARTNER", "percent": "70"}}, {{"partner_id": "MEMBER_PARTNER", "percent": "30"}}]}}
GET    /api/v1/partners                                    401 403 403 403 403 200 200 200 200
GET    /api/v1/partners/LEAD_PARTNER                       401 403 403 403 403 404 200 200 200
GET    /api/v1/partners/MEMBER_PARTNER                     401 403 403 403 403 200 200 200 200
GET    /api/v1/groups/LEAD_GROUP/members                   401 403 403 403 403 404 200 200 200
PATCH  /api/v1/partners/LEAD_PARTNER                       401 403 403 403 403 404 200 403 200  {{"short_name": "Centro"}}
PATCH  /api/v1/partners/MEMBER_PARTNER                     401 403 403 403 403 200 403 403 200  {{"city": "Ivrea"}}
GET    /api/v1/settlements                                 401 403 403 403 403 200 200 200 200
POST   /api/v1/settlements                                 401 403 403 403 403 403 201 403 201  {{"consortium_id": "CONSORTIUM", "month": "2026-11"}}
POST   /api/v1/settlements/what-if                         401 403 403 403 403 403 200 200 200  {{"consortium_id": "CONSORTIUM", "month": "2026-11", "shares": [{{"partner_id": "LEAD_PARTNER", "percent": "100"}}]}}
GET    /api/v1/settlements/SETTLEMENT                      401 403 403 403 403 200 200 200 200
GET    /api/v1/settlements/DRAFTED                         401 403 403 403 403 404 200 200 200
GET    /api/v1/settlements/SETTLEMENT/lines/nothing        401 403 403 403 403 404 404 404 404
POST   /api/v1/settlements/SETTLEMENT/share                401 403 403 403 403 403 409 403 409  {{"objections_until": "2026-12-31"}}
POST   /api/v1/settlements/SETTLEMENT/reopen               401 403 403 403 403 403 200 403 200  {{}}
POST   /api/v1/settlements/SETTLEMENT/object               401 403 403 403 403 422 422 403 403  {{"line": "nothing", "text": "No"}}
POST   /api/v1/settlements/SETTLEMENT/answer               401 403 403 403 403 403 404 403 404  {{"objection_id": "obj_00000000000000000000000000", "text": "Ecco"}}
POST   /api/v1/settlements/SETTLEMENT/approve              401 403 403 403 403 200 200 403 403  {{}}
POST   /api/v1/settlements/SETTLEMENT/close                401 403 403 403 403 403 409 403 409  {{}}
GET    /api/v1/settlements/SETTLEMENT/files/csv            401 403 403 403 403 200 200 200 200
GET    /api/v1/settlements/SETTLEMENT/files/pain001        401 403 403 403 403 404 404 404 404
GET    /api/v1/costs?consortium_id=CONSORTIUM              401 403 403 403 403 200 200 200 200
POST   /api/v1/costs                                       401 403 403 403 403 403 201 201 201  {{"consortium_id": "CONSORTIUM", "kind": "common", "on": "2026-11-20", "net_cents": 1000, "paid_by_id": "LEAD_PARTNER"}}
POST   /api/v1/costs/import                                401 403 403 403 403 403 201 201 201  {{"consortium_id": "CONSORTIUM", "csv": "on,net,paid_by\\n2026-11-20,10.00,Fondazione"}}
DELETE /api/v1/costs/cst_0                                 401 403 403 403 403 404 404 404 404
GET    /api/v1/split-rules?consortium_id=CONSORTIUM        401 403 403 403 403 200 200 200 200
POST   /api/v1/split-rules                                 401 403 403 403 403 403 201 201 201  {{"consortium_id": "CONSORTIUM", "from_on": "2026-11-01", "rules": [{{"of": "takings", "kind": "shares"}}]}}
DELETE /api/v1/split-rules/spl_0                           401 403 403 403 403 404 404 404 404
DELETE /api/v1/agreements/agr_0                            401 403 403 403 403 404 404 404 404
GET    /api/v1/allowances?consortium_id=CONSORTIUM         401 403 403 403 403 200 200 200 200
POST   /api/v1/allowances                                  401 403 403 403 403 403 201 403 201  {{"partner_id": "MEMBER_PARTNER", "venue_id": "VENUE", "from_on": "2026-12-01", "minutes": 600, "beyond": "tariff"}}
GET    /api/v1/demo/cast                                   200 200 200 200 200 200 200 200 200
GET    /api/v1/demo/mailbox                                401 200 200 200 200 200 200 200 200
GET    /api/v1/demo/mailbox/MAIL/files/99                  401 404 404 404 404 404 404 404 404
GET    /api/v1/venues                                      200 200 200 200 200 200 200 200 200
GET    /api/v1/venues/VENUE                                200 200 200 200 200 200 200 200 200
GET    /api/v1/resources                                   200 200 200 200 200 200 200 200 200
GET    /api/v1/resources/RESOURCE                          200 200 200 200 200 200 200 200 200
GET    /api/v1/resources/RESOURCE/qr                       200 200 200 200 200 200 200 200 200
GET    /api/v1/availability?venue_id=VENUE&{DAY}           200 200 200 200 200 200 200 200 200
GET    /api/v1/tariffs?venue_id=VENUE                      200 200 200 200 200 200 200 200 200
POST   /api/v1/tariffs                                     401 403 403 403 403 404 201 201 201  {{"venue_id": "VENUE", "name": "Anno nuovo", "from_on": "2027-01-01"}}
GET    /api/v1/tariffs/DRAFT                               404 404 404 404 404 404 200 200 200
PUT    /api/v1/tariffs/DRAFT                               401 403 403 403 403 404 200 200 200  {{"name": "Anno nuovo", "from_on": "2027-01-01"}}
DELETE /api/v1/tariffs/DRAFT                               401 403 403 403 403 404 204 204 204
POST   /api/v1/tariffs/DRAFT/preview                       401 403 403 403 403 404 200 200 200
POST   /api/v1/tariffs/DRAFT/publish                       401 403 403 403 403 404 200 200 200
GET    /api/v1/extras?venue_id=VENUE                       200 200 200 200 200 200 200 200 200
POST   /api/v1/extras                                      401 403 403 403 403 404 201 201 201  {{"venue_id": "VENUE", "name": "Filo", "price": {{"cents": 4}}, "vat_rate_id": "VAT"}}
PATCH  /api/v1/extras/EXTRA                                401 403 403 403 403 404 200 200 200  {{"stock": 5}}
GET    /api/v1/bookings/HELD/extras                        401 404 200 404 200 404 200 403 200
PUT    /api/v1/bookings/HELD/extras                        401 404 200 404 200 404 200 403 200  {{"extras": [{{"extra_id": "EXTRA", "quantity": 1}}]}}
GET    /api/v1/coupons                                     401 403 403 403 403 200 200 200 200
POST   /api/v1/coupons                                     401 403 403 403 403 404 201 201 201  {{"venue_id": "VENUE", "code": "CIAO", "name": "Ciao", "percent": "10", "from_on": "2026-12-01"}}
PATCH  /api/v1/coupons/COUPON                              401 403 403 403 403 404 200 200 200  {{"most_uses": 5}}
GET    /api/v1/offers?venue_id=VENUE&{DAY}                 200 200 200 200 200 200 200 200 200
GET    /api/v1/offers?organisation_id=ORGANISATION&{DAY}   404 404 404 200 404 404 404 404 404
POST   /api/v1/offers/common                               200 200 200 200 200 200 200 200 200  {{"items": [{{"resource_id": "RESOURCE"}}], "minutes": 60}}
POST   /api/v1/verdicts                                    200 200 200 200 200 200 200 200 200  {{{WISH}}}
POST   /api/v1/verdicts                                    401 404 404 404 200 404 200 404 200  {{{WISH}, "for_person_id": "PERSON"}}
GET    /api/v1/bookings                                    401 200 200 200 200 200 200 200 200
POST   /api/v1/bookings                                    401 201 201 201 201 201 201 201 201  {{{WISH}}}
POST   /api/v1/bookings                                    401 404 404 404 201 404 201 404 201  {{{WISH}, "for_person_id": "PERSON"}}
POST   /api/v1/bookings                                    401 404 404 404 201 404 201 404 201  {{{WISH}, "override_reason": "I want it"}}
POST   /api/v1/bookings                                    401 404 404 201 201 404 201 404 201  {{{WISH}, "organisation_id": "ORGANISATION"}}
GET    /api/v1/bookings/BOOKING                            401 404 200 404 200 404 200 200 200
GET    /api/v1/bookings/ASKED                              401 404 404 200 200 404 200 200 200
POST   /api/v1/bookings/HELD/release                       401 404 200 404 200 404 200 403 200  {{}}
POST   /api/v1/bookings/BOOKING/cancel                     401 404 200 404 200 404 200 403 200  {{}}
POST   /api/v1/bookings/ASKED/cancel                       401 404 404 200 200 404 200 403 200  {{}}
POST   /api/v1/bookings/ASKED/approve                      401 404 404 403 200 404 200 403 200  {{}}
POST   /api/v1/bookings/ASKED/refuse                       401 404 404 403 200 404 200 403 200  {{"reason": "Chiuso"}}
POST   /api/v1/bookings/BOOKING/check-in                   401 404 403 404 403r 404 403r 403 403r {{}}
POST   /api/v1/bookings/BOOKING/check-out                  401 404 403 404 409 404 409 403 409  {{}}
POST   /api/v1/bookings/BOOKING/no-show                    401 404 403 404 403r 404 403r 403 403r {{}}
POST   /api/v1/bookings/BOOKING/appeal                     401 404 403r 404 403 404 403 403 403  {{"reason": "C'ero"}}
POST   /api/v1/check-ins                                   401 403 403 403 200 403 200 403 200  {{"venue_id": "VENUE", "code": "AAAAAA"}}
GET    /api/v1/doors                                       401 200 200 200 200 200 200 200 200
POST   /api/v1/doors                                       401 404 404 404 201 404 201 404 201  {{"venue_id": "VENUE", "resource_id": "RESOURCE", "name": "Sala Po"}}
DELETE /api/v1/doors/dor_0                                 401 404 404 404 404 404 404 404 404
GET    /api/v1/door                                        401 401 401 401 401 401 401 401 401
POST   /api/v1/door/check-ins                              401 401 401 401 401 401 401 401 401  {{"code": "AAAAAA"}}
POST   /api/v1/door/bookings/BOOKING/end                   401 401 401 401 401 401 401 401 401  {{}}
POST   /api/v1/door/bookings/BOOKING/extend                401 401 401 401 401 401 401 401 401  {{}}
GET    /api/v1/consequences                                401 200 200 200 200 200 200 200 200
POST   /api/v1/consequences/csq_0/grant                    401 404 404 404 404 404 404 404 404  {{"reason": "Vero"}}
POST   /api/v1/consequences/csq_0/uphold                   401 404 404 404 404 404 404 404 404  {{"reason": "No"}}
POST   /api/v1/bookings/BOOKING/move                       401 404 200 404 200 404 200 403 200  {{{LATER}}}
POST   /api/v1/bookings/BOOKING/move                       401 404 403 404 200 404 200 403 200  {{{LATER}, "override_reason": "I want it"}}
POST   /api/v1/bookings/BOOKING/hand-over                  401 404 200 404 200 404 200 403 200  {{"email": "anna@example.org"}}
POST   /api/v1/bookings/BOOKING/give-back                  401 404 403r 404 403r 404 403r 403 403r {{}}
POST   /api/v1/bookings/BOOKING/withdraw                   401 404 403r 404 403r 404 403r 403 403r {{}}
POST   /api/v1/bookings/BOOKING/undo                       401 404 409 404 409 404 409 403 409  {{}}
POST   /api/v1/bookings/BOOKING/accept                     401 404 409 404 403 404 403 403 403  {{}}
POST   /api/v1/bookings/ASKED/propose                      401 404 404 403 200 404 200 403 200  {{{LATER}}}
POST   /api/v1/bookings/ASKED/accept                       401 404 404 409 403 404 403 403 403  {{}}
POST   /api/v1/bookings/ASKED/decline                      401 404 404 409 403 404 403 403 403  {{}}
GET    /api/v1/bookings/BOOKING/ics                        401 404 200 404 200 404 200 200 200
GET    /api/v1/bookings/BOOKING/qr                         401 404 200 404 200 404 200 200 200
GET    /api/v1/feeds                                       401 200 200 200 200 200 200 200 200
POST   /api/v1/feeds                                       401 201 201 201 201 201 201 201 201  {{"person": true}}
POST   /api/v1/feeds                                       401 404 404 201 404 404 404 404 404  {{"organisation_id": "ORGANISATION"}}
POST   /api/v1/feeds                                       401 403 403 403 201 403 201 403 201  {{"venue_id": "VENUE", "names": true}}
GET    /api/v1/calendar-sources                            401 403 403 403 403 200 200 403 200
POST   /api/v1/calendar-sources                            401 404 404 404 404 404 201 404 201  {{"resource_id": "RESOURCE", "url": "https://calendar.example/a.ics"}}
GET    /api/v1/calendar-sources/cal_0                      401 404 404 404 404 404 404 404 404
PATCH  /api/v1/calendar-sources/cal_0                      401 404 404 404 404 404 404 404 404  {{"url": "https://calendar.example/b.ics"}}
DELETE /api/v1/calendar-sources/cal_0                      401 404 404 404 404 404 404 404 404
GET    /api/v1/people/me/preferences                       401 200 200 200 200 200 200 200 200
PATCH  /api/v1/people/me/preferences                       401 200 200 200 200 200 200 200 200  {{"reminder": false}}
DELETE /api/v1/feeds/fed_0                                 401 404 404 404 404 404 404 404 404
GET    /feeds/nobody.ics                                   404 404 404 404 404 404 404 404 404
GET    /feeds/busy/RESOURCE.ics                           200 200 200 200 200 200 200 200 200
GET    /api/v1/policies?resource_id=RESOURCE               401 404 404 404 404 404 200 404 200
POST   /api/v1/policies                                    401 404 404 404 404 404 201 404 201 {{"resource_id": "RESOURCE", "from_on": "2026-12-01", "rules": {{"most": 60}}, "seen_id": null}}
GET    /api/v1/policies/rul_0                              401 404 404 404 404 404 404 404 404
GET    /api/v1/opening-rules?venue_id=VENUE                401 404 404 404 404 404 200 404 200
POST   /api/v1/opening-rules                               401 404 404 404 404 404 201 404 201 {{"resource_id": "RESOURCE", "from_on": "2026-12-01", "hours": [{{"weekdays": [1, 2], "start": "10:00", "end": "18:00"}}]}}
POST   /api/v1/opening-rules/preview                       401 404 404 404 404 404 200 404 200 {{"resource_id": "RESOURCE", "from_on": "2026-12-01", "hours": [{{"weekdays": [1, 2], "start": "10:00", "end": "18:00"}}]}}
GET    /api/v1/opening-rules/opn_0                         401 404 404 404 404 404 404 404 404
DELETE /api/v1/opening-rules/opn_0                         401 404 404 404 404 404 404 404 404
GET    /api/v1/closures?resource_id=RESOURCE               401 404 404 404 404 404 200 404 200
POST   /api/v1/closures                                    401 404 404 404 404 404 201 404 201 {{"resource_id": "RESOURCE", "period": {{"start": "2026-12-20T10:00", "end": "2026-12-20T12:00"}}, "reason_it": "Lavori", "reason_en": "Works"}}
POST   /api/v1/closures/preview                            401 404 404 404 404 404 200 404 200 {{"resource_id": "RESOURCE", "period": {{"start": "2026-12-20T10:00", "end": "2026-12-20T12:00"}}, "reason_it": "Lavori", "reason_en": "Works"}}
GET    /api/v1/closures/clo_0                              401 404 404 404 404 404 404 404 404
PATCH  /api/v1/closures/clo_0                              401 404 404 404 404 404 404 404 404  {{"reason_it": "Lavori"}}
DELETE /api/v1/closures/clo_0                              401 404 404 404 404 404 404 404 404
GET    /api/v1/holidays?venue_id=VENUE                     200 200 200 200 200 200 200 200 200
GET    /api/v1/school-holidays?venue_id=VENUE              200 200 200 200 200 200 200 200 200
POST   /api/v1/school-holidays                             401 404 404 404 404 404 422 404 422  {{"venue_id": "VENUE", "name_it": "Natale", "name_en": "Christmas", "first_on": "2026-12-23", "last_on": "2027-01-06"}}
PATCH  /api/v1/school-holidays/sho_0                       401 404 404 404 404 404 404 404 404  {{"name_it": "Pasqua"}}
DELETE /api/v1/school-holidays/sho_0                       401 404 404 404 404 404 404 404 404
POST   /api/v1/holidays/preview                            401 404 404 404 404 404 200 404 200 {{"venue_id": "VENUE", "patron_day": "12-03"}}
PATCH  /api/v1/venues/VENUE                                401 404 404 404 404 404 200 404 200 {{"city": "Ivrea"}}
POST   /api/v1/resources                                   401 404 404 404 404 404 201 404 201 {{"venue_id": "VENUE", "name": "Banco", "kind": "desk"}}
PATCH  /api/v1/resources/RESOURCE                          401 404 404 404 404 404 200 404 200 {{"capacity": 7}}
GET    /api/v1/resources/RESOURCE/layout                   401 404 404 404 404 404 200 404 200
POST   /api/v1/resources/RESOURCE/layout                   401 404 404 404 404 404 200 404 200 {{"divide": ["A", "B"]}}
POST   /api/v1/policies/preview                            401 404 404 404 404 404 200 404 200  {{"resource_id": "RESOURCE", "from_on": "2026-12-01", "rules": {{"most": 60}}}}
POST   /api/v1/series/plans                                401 201 201 201 201 201 201 201 201  {{{PLAN}}}
POST   /api/v1/series/plans                                401 404 404 201 404 404 404 404 404  {{{PLAN}, "organisation_id": "ORGANISATION"}}
GET    /api/v1/series/plans/pln_0                          401 404 404 404 404 404 404 404 404
PATCH  /api/v1/series/plans/pln_0                          401 404 404 404 404 404 404 404 404  {{"choices": {{}}}}
GET    /api/v1/series                                      401 200 200 200 200 200 200 200 200
POST   /api/v1/series                                      401 404 404 404 404 404 404 404 404  {{"plan_id": "pln_00000000000000000000000000"}}
GET    /api/v1/series/ser_0                                401 404 404 404 404 404 404 404 404
GET    /api/v1/series/SERIES                               401 404 404 200 200 404 200 200 200
POST   /api/v1/series/SERIES/approve                       401 404 404 403 200 404 200 403 200  {{"booking_ids": ["DATED"]}}
POST   /api/v1/series/SERIES/decide                        401 404 404 403 200 404 200 403 200  {{"approve_ids": ["DATED"]}}
POST   /api/v1/series/SERIES/refuse                        401 404 404 403 200 404 200 403 200  {{"booking_ids": ["DATED"], "reason": "Chiuso"}}
POST   /api/v1/series/plans                                401 404 404 404 404 404 404 404 404  {{"series_id": "ser_0", "scope": "all"}}
POST   /api/v1/series/ser_0/change                         401 404 404 404 404 404 404 404 404  {{"plan_id": "pln_00000000000000000000000000"}}
POST   /api/v1/series/ser_0/contract                       401 404 404 404 404 404 404 404 404  {{}}
POST   /api/v1/series/ser_0/end                            401 404 404 404 404 404 404 404 404  {{"on": "2026-12-25"}}
POST   /api/v1/series/ser_0/add-back                       401 404 404 404 404 404 404 404 404  {{"on": "2026-12-25"}}
GET    /api/v1/waiting-list                                401 200 200 200 200 200 200 200 200
POST   /api/v1/waiting-list                                401 409 409 409 409 409 409 409 409  {{{SLOT}}}
GET    /api/v1/waiting-list/wai_0/log                      401 404 404 404 404 404 404 404 404
GET    /api/v1/waiting-list/wai_0/parts                    401 404 404 404 404 404 404 404 404
POST   /api/v1/waiting-list/wai_0/accept                   401 404 404 404 404 404 404 404 404  {{}}
POST   /api/v1/waiting-list/wai_0/decline                  401 404 404 404 404 404 404 404 404  {{}}
POST   /api/v1/waiting-list/wai_0/leave                    401 404 404 404 404 404 404 404 404  {{}}
GET    /api/v1/faults                                      401 200 200 200 200 200 200 200 200
POST   /api/v1/faults                                      401 201 201 201 201 201 201 201 201  {{"resource_id": "RESOURCE", "severity": "unusable", "text": "Fuma"}}
GET    /api/v1/faults/FAULT                                401 404 200 404 200 404 200 404 200
PATCH  /api/v1/faults/FAULT                                401 404 403 404 200 404 200 404 200  {{"state": "dismissed"}}
GET    /api/v1/service-notes                               401 403 403 403 200 200 200 403 200
POST   /api/v1/service-notes                               401 404 404 404 201 404 201 404 201  {{"resource_id": "RESOURCE", "on": "2026-11-29", "text": "Oliata"}}
PATCH  /api/v1/service-notes/NOTE                          401 404 404 404 200 404 200 404 200  {{"on": "2026-11-29", "text": "Oliata"}}
GET    /api/v1/upkeep                                      401 403 403 403 200 200 200 403 200
GET    /api/v1/outages                                     401 403 403 403 200 200 200 403 200
POST   /api/v1/outages                                     401 404 404 404 201 404 201 404 201  {{"resource_id": "RESOURCE", "reason": "Fuma"}}
GET    /api/v1/outages/units?resource_id=RESOURCE          401 404 404 404 200 404 200 404 200
POST   /api/v1/outages/preview                             401 404 404 404 200 404 200 404 200  {{"resource_id": "RESOURCE", "reason": "Fuma"}}
GET    /api/v1/outages/OUTAGE                              401 404 404 404 200 404 200 404 200
PATCH  /api/v1/outages/OUTAGE                              401 404 404 404 200 404 200 404 200  {{"until_at": null, "reason": "Fuma"}}
POST   /api/v1/outages/OUTAGE/lift                         401 404 404 404 200 404 200 404 200  {{}}
GET    /api/v1/rescues                                     401 403 403 403 200 200 200 403 200
POST   /api/v1/rescues                                     401 404 404 404 201 404 201 404 201  {{"outage_id": "OUTAGE"}}
GET    /api/v1/rescues/RESCUE                              401 404 404 404 200 404 200 404 200
PATCH  /api/v1/rescues/RESCUE                              401 404 404 404 200 404 200 404 200  {{"hours": 5}}
POST   /api/v1/rescues/RESCUE/refresh                      401 404 404 404 200 404 200 404 200  {{}}
POST   /api/v1/rescues/RESCUE/send                         401 404 404 404 409 404 409 404 409  {{}}
POST   /api/v1/rescues/RESCUE/answer                       401 404 404 404 404 404 404 404 404  {{"case_id": "rca_00000000000000000000000000", "choice": "keep"}}
GET    /api/v1/answers/nothing                             404 404 404 404 404 404 404 404 404
POST   /api/v1/answers/nothing                             404 404 404 404 404 404 404 404 404  {{"case_id": "rca_00000000000000000000000000", "choice": "move"}}
GET    /api/v1/approvals                                   401 200 200 200 200 200 200 200 200
GET    /api/v1/desk?venue_id=VENUE                         401 403 403 403 200 403 200 403 200
GET    /api/v1/blocks                                      401 200 200 200 200 200 200 200 200
POST   /api/v1/blocks                                      401 404 404 404 201 404 201 404 201  {{{SLOT}, "kind": "other", "reason": "Prova"}}
POST   /api/v1/blocks/BLOCK/lift                           401 404 404 404 200 404 200 404 200  {{}}
POST   /api/v1/quotes                                      401 404 201 404 201 404 201 403 201  {{"booking_ids": ["HELD"]}}
POST   /api/v1/quotes                                      401 404 404 404 404 404 404 403 404  {{"booking_ids": ["HELD"], "organisation_id": "ORGANISATION"}}
POST   /api/v1/checkouts                                   401 404 403 404 201 404 201 403 201  {{"quote_id": "HELD_QUOTE", "booking_ids": ["HELD"], "method": "cash"}}
GET    /api/v1/checkouts/CHECKOUT                          401 404 200 404 200 404 404 404 200
POST   /api/v1/checkouts/CHECKOUT/retry                    401 404 409 404 409 404 404 404 409  {{}}
POST   /api/v1/checkouts/CHECKOUT/abandon                  401 404 409 404 409 404 404 404 409  {{}}
GET    /api/v1/deposits                                    401 200 200 200 200 200 200 200 200
GET    /api/v1/deposits/DEPOSIT                            401 404 200 404 200 404 200 200 200
POST   /api/v1/deposits/DEPOSIT/reserve                    401 404 409 404 403 404 403 403 403  {{}}
POST   /api/v1/deposits/DEPOSIT/capture                    401 404 403 404 409 404 409 403 409  {{"amount": {{"cents": 100}}, "reason": "Graffio"}}
POST   /api/v1/deposits/DEPOSIT/release                    401 404 403 404 409 404 409 403 409  {{}}
GET    /api/v1/pass-kinds?venue_id=VENUE                   200 200 200 200 200 200 200 200 200
POST   /api/v1/pass-kinds                                  401 404 404 404 404 404 201 404 201  {{"venue_id": "VENUE", "name": "Dieci ore", "unit": "minutes", "amount": 600, "price_cents": 10000, "vat_rate_id": "VAT"}}
GET    /api/v1/pass-kinds/KIND                             200 200 200 200 200 200 200 200 200
PATCH  /api/v1/pass-kinds/KIND                             401 404 404 404 404 404 200 404 200  {{"name": "Dieci ore"}}
GET    /api/v1/passes                                      401 200 200 200 200 200 200 200 200
POST   /api/v1/passes                                      401 404 404 404 201 404 201 404 201  {{"pass_kind_id": "KIND", "person_id": "PERSON", "reason": "Una scusa"}}
GET    /api/v1/passes/CARNET                               401 404 200 404 200 404 200 200 200
POST   /api/v1/passes/CARNET/correct                       401 404 403 404 200 404 200 403 200  {{"units": 60, "reason": "Una scusa"}}
POST   /api/v1/quotes                                      401 201 201 201 201 201 201 201 201  {{"pass_kind_ids": ["KIND"]}}
GET    /api/v1/plans?venue_id=VENUE                        200 200 200 200 200 200 200 200 200
POST   /api/v1/plans                                       401 404 404 404 404 404 201 404 201  {{"venue_id": "VENUE", "name": "Flex", "every": "month", "price_cents": 12000, "vat_rate_id": "VAT", "included": [{{"unit": "entries", "amount": 5}}]}}
GET    /api/v1/plans/FLEX                                  200 200 200 200 200 200 200 200 200
PATCH  /api/v1/plans/FLEX                                  401 404 404 404 404 404 200 404 200  {{"name": "Flex"}}
POST   /api/v1/quotes                                      401 201 201 201 201 201 201 201 201  {{"plan_id": "FLEX"}}
GET    /api/v1/subscriptions                               401 200 200 200 200 200 200 200 200
POST   /api/v1/subscriptions/MEMBERSHIP/end                401 404 200 404 403 404 200 403 200  {{}}
POST   /api/v1/subscriptions/MEMBERSHIP/change             401 404 200 404 403 404 200 403 200  {{"plan_id": "FLEX"}}
GET    /api/v1/subscriptions/MEMBERSHIP/choices            401 404 200 404 403 404 200 403 200
POST   /api/v1/subscriptions/MEMBERSHIP/waive-instalments  401 403 403 403 403 404 409 409 409  {{"instalment_ids": ["ins_00000000000000000000000000"], "reason": "Trasloca"}}
POST   /api/v1/subscriptions/MEMBERSHIP/method              401 404 200 404 403 404 403 403 403  {{"method_id": null}}
GET    /api/v1/payment-methods                             401 200 200 200 200 200 200 200 200
POST   /api/v1/payment-methods                             401 404 404 404 404 404 404 404 404  {{"organisation_id": "org_00000000000000000000000000"}}
DELETE /api/v1/payment-methods/METHOD                      401 404 204 404 404 404 404 404 404
GET    /api/v1/programmes                                  401 200 200 200 200 200 200 200 200
POST   /api/v1/programmes                                  401 404 404 404 404 404 201 404 201  {{"venue_id": "VENUE", "sponsor_id": "ORGANISATION", "name": "Giovani", "from_on": "2026-12-01", "last_on": "2027-05-31", "joining": "list", "budgets": [{{"unit": "minutes", "given": 600}}]}}
GET    /api/v1/programmes/sponsors?q=zzz                   401 403 403 403 403 200 200 403 200
POST   /api/v1/programmes/join                             401 404 404 404 404 404 404 404 404  {{"code": "nobody's code"}}
GET    /api/v1/programmes/GRANT                            401 404 200 200 200 404 200 200 200
PATCH  /api/v1/programmes/GRANT                            401 404 404 403 403 404 200 403 200  {{"text": "Per i giovani"}}
POST   /api/v1/programmes/GRANT/join                       401 404 404 404 404 404 404 404 404  {{"message": "Anch'io"}}
GET    /api/v1/programmes/GRANT/beneficiaries              401 404 404 403 200 404 200 403 200
POST   /api/v1/programmes/GRANT/beneficiaries              401 404 404 403 403 404 201 403 201  {{"emails": ["new@example.org"]}}
PATCH  /api/v1/programmes/GRANT/beneficiaries/PLACE        401 404 404 403 200 404 200 403 200  {{"outcome": "Un lavoro"}}
POST   /api/v1/programmes/GRANT/beneficiaries/PLACE/approve 401 404 404 403 409 404 409 403 409  {{}}
POST   /api/v1/programmes/GRANT/beneficiaries/PLACE/refuse 401 404 404 403 200 404 200 403 200  {{"reason": "Fuori età"}}
GET    /api/v1/programmes/GRANT/report                     401 404 404 200 403 404 200 200 200
GET    /api/v1/programmes/GRANT/report/files/xlsx          401 404 404 200 403 404 200 200 200
GET    /api/v1/programmes/GRANT/report/files/pdf           401 404 404 200 403 404 200 200 200
GET    /api/v1/documents                                   401 200 200 200 200 200 200 200 200
GET    /api/v1/documents/DOCUMENT                          401 404 200 404 404 404 200 200 200
GET    /api/v1/documents/DOCUMENT/as-written               401 404 200 404 404 404 200 200 200
GET    /api/v1/documents/DOCUMENT/files/pdf                401 404 200 404 404 404 200 200 200
GET    /api/v1/documents/DOCUMENT/files/xml                401 404 200 404 404 404 200 200 200
POST   /api/v1/documents/preview                           401 403 403 403 403 404 200 200 200  {{"issuer_id": "ISSUER", "organisation_id": "ORGANISATION", "lines": [{{"description": "Sala", "unit_price": "10.00", "rate": "22"}}]}}
POST   /api/v1/documents                                   401 403 403 403 403 404 201 201 201  {{"issuer_id": "ISSUER", "organisation_id": "ORGANISATION", "lines": [{{"description": "Sala", "unit_price": "10.00", "rate": "22"}}]}}
GET    /api/v1/customers?q=ada                             401 403 403 403 403 200 200 200 200
POST   /api/v1/customers                                   401 403 403 403 403 201 201 201 201  {{"kind": "company", "name": "Beta S.r.l.", "vat_number": "06987650378"}}
GET    /api/v1/customers/PERSON                            401 403 403 403 403 404 200 200 200
PATCH  /api/v1/customers/PERSON                            401 403 403 403 403 404 200 200 200  {{"city": "Ivrea"}}
GET    /api/v1/vat-checks?customer_id=PERSON               401 403 200 403 403 404 200 200 200
GET    /api/v1/vat-checks?customer_id=ORGANISATION         401 403 403 200 403 404 200 200 200
POST   /api/v1/vat-checks                                  401 403 409 403 403 404 409 409 409  {{"customer_id": "PERSON"}}
GET    /api/v1/bills?issuer_id=ISSUER&month=2026-11        401 403 403 403 403 404 200 200 200
GET    /api/v1/bills/preview?issuer_id=ISSUER&month=2026-11&organisation_id=ORGANISATION 401 403 403 403 403 404 200 200 200
POST   /api/v1/bills                                       401 403 403 403 403 404 409 409 409  {{"issuer_id": "ISSUER", "organisation_id": "ORGANISATION", "month": "2026-11", "fingerprint": "another"}}
POST   /api/v1/bills/all                                   401 403 403 403 403 404 202 202 202  {{"issuer_id": "ISSUER", "month": "2026-11"}}
PUT    /api/v1/on-account                                  401 403 403 403 403 404 200 200 200  {{"issuer_id": "ISSUER", "organisation_id": "ORGANISATION", "days": 60}}
POST   /api/v1/documents/DOCUMENT/correct                  401 404 403 404 404 404 409 409 409  {{}}
POST   /api/v1/documents/DOCUMENT/send                     401 404 403 404 404 404 409 409 409  {{}}
POST   /api/v1/documents/DOCUMENT/had-left                 401 404 403 404 404 404 409 409 409  {{}}
POST   /api/v1/quotes/HELD_QUOTE/papers                    401 404 201 404 403 404 201 403 201  {{"issuer_id": "ISSUER", "valid_until": "2026-12-15"}}
GET    /api/v1/preliminaries                               401 200 200 200 200 200 200 200 200
POST   /api/v1/preliminaries                               401 403 403 403 403 404 201 201 201  {{"kind": "pro_forma", "document": {{"issuer_id": "ISSUER", "organisation_id": "ORGANISATION", "lines": [{{"description": "Sala", "unit_price": "10.00", "rate": "22"}}]}}}}
GET    /api/v1/preliminaries/PRELIMINARY                   401 404 200 404 404 404 200 200 200
GET    /api/v1/preliminaries/PRELIMINARY/files/pdf         401 404 200 404 404 404 200 200 200
POST   /api/v1/preliminaries/PRELIMINARY/accept            401 404 403 404 404 404 200 200 200  {{}}
POST   /api/v1/preliminaries/PRELIMINARY/withdraw          401 404 403 404 404 404 200 200 200  {{}}
POST   /api/v1/preliminaries/PRELIMINARY/rewrite           401 404 403 404 404 404 409 409 409  {{}}
POST   /api/v1/sdi-receipts                                401 403 403 403 403 415 415 415 415  {{}}
GET    /api/v1/issuers                                     401 403 403 403 403 200 200 200 200
GET    /api/v1/issuers/ISSUER                              401 403 403 403 403 404 200 200 200
PATCH  /api/v1/issuers/ISSUER                              401 403 403 403 403 404 200 200 200  {{"colour": "#004488"}}
POST   /api/v1/issuers/ISSUER/series                       401 403 403 403 403 404 201 201 201  {{"code": "ZZ", "kinds": ["invoice"]}}
GET    /api/v1/exports?issuer_id=ISSUER&month=2026-11      401 403 403 403 403 404 200 200 200
POST   /api/v1/exports                                     401 403 403 403 403 404 202 202 202  {{"kind": "month", "issuer_id": "ISSUER", "month": "2026-11"}}
GET    /api/v1/incomplete-sales                            401 403 403 403 403 200 200 200 200
POST   /api/v1/incomplete-sales/inc_0/complete             401 403 403 403 403 404 404 404 404  {{}}
GET    /api/v1/accounting-months?issuer_id=ISSUER          401 403 403 403 403 404 200 200 200
GET    /api/v1/accounting-months/archive?issuer_id=ISSUER&month=2026-11 401 403 403 403 403 404 404 404 404
GET    /api/v1/registers/vat?issuer_id=ISSUER&month=2026-11 401 403 403 403 403 404 200 200 200
GET    /api/v1/registers/ageing?issuer_id=ISSUER           401 403 403 403 403 404 200 200 200
GET    /api/v1/reconciliation?issuer_id=ISSUER&month=2026-11 401 403 403 403 403 404 200 200 200
POST   /api/v1/reconciliation/mend                         401 403 403 403 403 404 404 404 404  {{"issuer_id": "ISSUER", "month": "2026-11", "code": "charged-twice", "thing_id": "gtx_00000000000000000000000000", "how": "give-back"}}
GET    /api/v1/registers/payouts?issuer_id=ISSUER&month=2026-11 401 403 403 403 403 404 200 200 200
GET    /api/v1/registers/disputes?issuer_id=ISSUER&month=2026-11 401 403 403 403 403 404 200 200 200
GET    /api/v1/disputes?issuer_id=ISSUER                   401 403 403 403 403 404 200 200 200
GET    /api/v1/disputes/dsp_0                              401 403 403 403 403 404 404 404 404
POST   /api/v1/disputes/dsp_0/contest                      401 403 403 403 403 404 404 404 404  {{"words": "", "fingerprint": "0"}}
POST   /api/v1/disputes/dsp_0/accept                       401 403 403 403 403 404 404 404 404  {{}}
GET    /api/v1/accounts?issuer_id=ISSUER                   401 403 403 403 403 404 200 200 200
POST   /api/v1/bank-statements                             401 403 403 403 403 415 415 415 415  {{}}
GET    /api/v1/bank-movements?issuer_id=ISSUER             401 403 403 403 403 404 200 200 200
PATCH  /api/v1/bank-movements/mov_0                        401 403 403 403 403 404 404 404 404  {{"why": "giroconto"}}
POST   /api/v1/matches                                     401 403 403 403 403 404 404 404 404  {{"movement_id": "mov_00000000000000000000000000", "debt_id": "doc_00000000000000000000000000", "amount_cents": 1}}
DELETE /api/v1/matches/mtc_0                               401 403 403 403 403 404 404 404 404
GET    /api/v1/own-credits                                 401 200 200 200 200 200 200 200 200
GET    /api/v1/credits?issuer_id=ISSUER                    401 403 403 403 403 404 200 200 200
POST   /api/v1/credits                                     401 403 403 403 403 404 404 404 404  {{"movement_id": "mov_00000000000000000000000000"}}
GET    /api/v1/documents-paid-beyond?issuer_id=ISSUER      401 403 403 403 403 404 200 200 200
DELETE /api/v1/credits/ccr_0                               401 403 403 403 403 404 404 404 404
POST   /api/v1/credits/ccr_0/uses                          401 403 403 403 403 404 404 404 404  {{"debt_id": "doc_00000000000000000000000000", "amount_cents": 1}}
GET    /api/v1/refunds                                     401 200 200 200 200 200 200 200 200
GET    /api/v1/refunds?issuer_id=ISSUER                    401 403 403 403 200 404 200 200 200
PATCH  /api/v1/refunds/rfd_0                               401 404 404 404 404 404 404 404 404  {{"method": "cash"}}
POST   /api/v1/refunds/rfd_0/give                          401 403 403 403 404 404 404 404 404  {{"method": "cash", "on": "2026-11-30"}}
POST   /api/v1/refunds/rfd_0/recall                        401 403 403 403 403 404 404 404 404  {{}}
GET    /api/v1/refunds/transfers?issuer_id=ISSUER&list_name=R 401 403 403 403 403 404 404 404 404
POST   /api/v1/refunds/transfers                           401 403 403 403 403 404 404 404 404  {{"issuer_id": "ISSUER", "refund_ids": ["rfd_00000000000000000000000000"]}}
GET    /api/v1/payments/pay_0/refunds                      401 403 403 403 403 404 404 404 404
POST   /api/v1/payments/pay_0/refunds                      401 403 403 403 403 404 404 404 404  {{"amount_cents": 100, "reason": "Ci dispiace"}}
GET    /api/v1/debts?issuer_id=ISSUER                      401 403 403 403 200 404 200 200 200
POST   /api/v1/desk-payments                               401 403 403 403 404 404 404 404 404  {{"issuer_id": "ISSUER", "debt_id": "doc_00000000000000000000000000", "method": "cash", "amount_cents": 100}}
GET    /api/v1/day-closes?issuer_id=ISSUER                 401 403 403 403 200 404 200 200 200
POST   /api/v1/day-closes                                  401 403 403 403 201 404 201 201 201  {{"issuer_id": "ISSUER", "drawer": "pos", "expected_cents": 0, "counted_cents": 0}}
GET    /api/v1/instalments?issuer_id=ISSUER                401 403 403 403 403 404 200 200 200
GET    /api/v1/dunning?issuer_id=ISSUER                    401 403 403 403 403 404 200 200 200
PUT    /api/v1/dunning                                     401 403 403 403 403 404 200 200 200  {{"issuer_id": "ISSUER", "steps": []}}
PUT    /api/v1/dunning/pauses                              401 403 403 403 403 404 200 200 200  {{"issuer_id": "ISSUER", "person_id": "PERSON", "reason": "Rateizza"}}
DELETE /api/v1/dunning/pauses/dnp_0                        401 403 403 403 403 404 404 404 404
GET    /api/v1/customer-account?issuer_id=ISSUER&person_id=PERSON 401 403 403 403 403 404 200 200 200
GET    /api/v1/customer-account/movements?issuer_id=ISSUER&person_id=PERSON&month=2026-11 401 404 200 404 404 404 200 200 200
GET    /api/v1/customer-account/movements?issuer_id=ISSUER&organisation_id=ORGANISATION&month=2026-11&output=pdf 401 404 404 200 404 404 200 200 200
GET    /api/v1/organisations/ORGANISATION/account          401 404 404 200 404 404 404 404 404
PATCH  /api/v1/accounts                                    401 403 403 403 403 404 200 200 200  {{"issuer_id": "ISSUER", "account": "bank", "code": "18.1", "name": "Banca"}}
POST   /api/v1/accounting-months/close                     401 403 403 403 403 404 409 409 409  {{"issuer_id": "ISSUER", "month": "2026-11"}}
GET    /api/v1/jobs/JOB                                    401 404 404 404 404 404 404 200 404
GET    /api/v1/jobs/JOB/files/2026-11.zip                  401 404 404 404 404 404 404 200 404
GET    /api/v1/reports/occupancy?venue_id=VENUE&{DAY}      401 403 403 403 403 200 200 200 200
GET    /api/v1/reports/heat?{DAY}                          401 403 403 403 403 200 200 200 200
GET    /api/v1/reports/hours?{DAY}                         401 403 403 403 403 200 200 200 200
GET    /api/v1/reports/demand?{DAY}                        401 403 403 403 403 200 200 200 200
GET    /api/v1/reports/lost?{DAY}                          401 403 403 403 403 200 200 200 200
GET    /api/v1/reports/bookings?{DAY}                      401 403 403 403 403 200 200 200 200
GET    /api/v1/reports/figures?{DAY}                       401 403 403 403 403 200 200 200 200
GET    /api/v1/reports/forecast                            401 403 403 403 403 200 200 200 200
GET    /api/v1/reports/monthly?month=2026-11               401 403 403 403 403 200 200 200 200
GET    /api/v1/reports/views                               401 403 403 403 403 200 200 200 200
POST   /api/v1/reports/views                               401 403 403 403 403 403 201 201 201  {{"name": "Autunno", "said": {{"kind": "laser"}}, "venue_id": "VENUE"}}
GET    /api/v1/reports/views/viw_0                         401 403 403 403 403 404 404 404 404
DELETE /api/v1/reports/views/viw_0                         401 403 403 403 403 404 404 404 404
GET    /api/v1/reports/takings?{DAY}                       401 403 403 403 403 200 200 200 200
GET    /api/v1/reports/closure?{DAY}                       401 403 403 403 403 200 200 200 200
GET    /api/v1/reports/revenue?venue_id=VENUE&{DAY}        401 403 403 403 403 200 200 200 200
POST   /webhooks/stripe                                    400 400 400 400 400 400 400 400 400  {{}}
GET    /api/openapi.json                                   200 200 200 200 200 200 200 200 200
GET    /api/docs                                           200 200 200 200 200 200 200 200 200
GET    /problems/not-found                                 200 200 200 200 200 200 200 200 200
GET    /search                                             200 200 200 200 200 200 200 200 200
GET    /admin/                                             302 302 302 302 302 302 302 302 200
"""
ROWS = [line.split(None, 2 + len(ROLES)) for line in TABLE.strip().splitlines()]
NOT_OURS_TO_LIST = ("admin/",)  # one door for all of it: tests/people/test_configuration_pages.py walks it
PUBLIC_WORDS = ("visitor", "stranger")


@pytest.mark.parametrize("role", ROLES)
def test_each_role_may_what_the_table_says_and_a_no_is_a_problem_that_names_nobody(role, world):
    """One walk for all three: a visitor's and a stranger's yes names nobody either."""
    column, wrong = 2 + ROLES.index(role), []
    for row in ROWS:
        answer = ask(role, row, world)
        asked, no = f"{row[0]} {row[1]}", answer.status_code >= 400
        words = said(answer)
        if (found := verdict(answer)) != row[column]:
            wrong.append(f"{asked}: {found}, not {row[column]}: {words[:300]}")
        if no and not row[1].startswith("/webhooks"):
            problem = answer.headers["Content-Type"] == "application/problem+json" and answer.json()["code"]
            wrong += [] if problem else [f"{asked} is no problem"]
        if no or role in PUBLIC_WORDS:
            wrong += [f"{asked} tells {secret}" for secret in world.secrets if secret in words]
    assert not wrong, "\n".join(wrong)


def test_no_route_is_outside_the_table():
    found = {r for r in routes(get_resolver().url_patterns) if not r[1].startswith(NOT_OURS_TO_LIST)}
    known = {(row[0], resolve(row[1].split("?")[0].replace("/99", "/9")).route) for row in ROWS}
    assert {r for r in found if r[1]} - known == set()


def test_the_table_has_a_column_for_each_role():
    for row in ROWS:
        assert all(status.rstrip("r").isdigit() for status in row[2 : 2 + len(ROLES)]), row
        if len(row) > 2 + len(ROLES):
            json.loads(row[-1])
