"""The demo's mailbox: what the house has written, as a mail program would show it; nothing where the demo is off."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from core.errors import Missing
from core.files import sent_as
from core.ids import encode
from core.lists import ListQuery, page, read
from core.lookup import pk_of
from core.mail import files_of
from core.models import Mail
from core.shapes import ListShape
from core.views import View
from people.models import Person
from people.roles import signed_in, standing


def only_in_the_demo() -> None:
    """Raises Missing unless this is the demo; production refuses to start as one (config/production.py)."""
    if not settings.DEMO:
        raise Missing


class AttachmentShape(serializers.Serializer[Any]):
    name = serializers.CharField()
    href = serializers.CharField()


class MessageShape(serializers.Serializer[Any]):
    id = serializers.CharField()
    to = serializers.EmailField()
    subject = serializers.CharField()
    language = serializers.ChoiceField(["it", "en"])
    made_at = serializers.DateTimeField()
    sent_at = serializers.DateTimeField(allow_null=True)
    state = serializers.ChoiceField(Mail.State.choices)
    text = serializers.CharField()
    html = serializers.CharField()
    attachments = AttachmentShape(many=True)

    class Meta:
        ref_name = "Message"


class MailboxPage(ListShape):
    data = MessageShape(many=True)
    next_cursor = serializers.CharField(allow_null=True)


class MailboxQuery(ListQuery):
    to = serializers.CharField(max_length=254, required=False)


def mail_for(person: Person) -> QuerySet[Mail]:
    """One's own messages; all of them for those who run the demo's desks."""
    rows = Mail.objects.all()
    return rows if standing(person).anywhere("desk.see") else rows.filter(person_id=person.pk)


def message_shapes(messages: Sequence[Mail]) -> list[dict[str, Any]]:
    return [_shape(message) for message in messages]


def _shape(message: Mail) -> dict[str, Any]:
    public = encode(Mail.prefix, message.pk)
    return {
        "id": public,
        "to": message.to,
        "subject": message.subject,
        "language": message.language,
        "made_at": message.made_at,
        "sent_at": message.sent_at,
        "state": message.state,
        "text": message.text,
        "html": message.html,
        "attachments": [
            {"name": name, "href": f"/api/v1/demo/mailbox/{public}/files/{number}"}
            for number, (name, _, _) in enumerate(files_of(message))
        ],
    }


class Mailbox(View):
    @extend_schema(operation_id="demo_mailbox", parameters=[MailboxQuery], responses=MailboxPage)
    def get(self, request: Request) -> Response:
        """What the house has written, newest first, as a mail program would show it."""
        only_in_the_demo()
        rows = mail_for(signed_in(request.user))
        asked = read(MailboxQuery, request)
        if "to" in asked:
            rows = rows.filter(to__iexact=asked["to"])
        return Response(page(rows, asked, message_shapes))


class MailboxFile(View):
    @extend_schema(
        operation_id="demo_mailbox_file", responses={(200, "application/octet-stream"): OpenApiTypes.BINARY}
    )
    def get(self, request: Request, message_id: str, number: int) -> HttpResponse:
        """One file that a message carried."""
        only_in_the_demo()
        message = mail_for(signed_in(request.user)).filter(pk=pk_of(Mail.prefix, message_id)).first()
        files = files_of(message) if message else []
        if number >= len(files):
            raise Missing
        name, content, media_type = files[number]
        answer = HttpResponse(content, content_type=media_type)
        answer["Content-Disposition"] = sent_as(name)
        return answer
