"""The pages that are not the API: the app itself, a page for each error code, the demo's cast."""

from __future__ import annotations

from functools import cache
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.html import escape
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import OpenApiJsonRenderer
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from config import demo_cast
from config.mailbox import only_in_the_demo
from core.errors import CATALOGUE
from core.problems import status_of
from core.rendering import dump
from core.shapes import ListShape
from core.views import View
from core.words import language
from people.api import session_of

NOT_BUILT = "The app is not built yet: run `make demo`, or `npm run build` in frontend/."


def app(request: HttpRequest, path: str = "") -> HttpResponse:
    """The single page, with the answer of GET /session in it, so that its first paint needs no request."""
    index = settings.SPA_DIR / "index.html"
    if not index.exists():
        return HttpResponse(NOT_BUILT, status=503, content_type="text/plain")
    session = dump(session_of(request)).decode().replace("<", "\\u003c")
    nonce = str(getattr(request, "csp_nonce", ""))
    html = index.read_text().replace("<script ", f'<script nonce="{nonce}" ')
    embedded = f'<script id="session" type="application/json" nonce="{nonce}">{session}</script>'
    html = html.replace("<!--session-->", embedded).replace('lang="it"', f'lang="{language()}"')
    answer = HttpResponse(html)
    answer["Cache-Control"] = "private, no-store"
    return answer


def problem(request: HttpRequest, code: str) -> HttpResponse:
    """What an error code means, in both languages: `type` of every problem points here."""
    error = CATALOGUE.get(code)
    if error is None:
        raise Http404
    rows = "".join(
        f'<section lang="{into}"><h2>{escape(error.title.say(into))}</h2><p>{escape(error.sentence.it if into == "it" else error.sentence.en)}</p></section>'
        for into in ("it", "en")
    )
    body = f"<!doctype html><html lang=it><meta charset=utf-8><title>{escape(code)}</title><main><h1>{escape(code)}</h1><p>HTTP {status_of(error)}</p>{rows}</main></html>"
    return HttpResponse(body)


class Openapi(View):
    """What the API is, in its own words. It is what the code is: a process works it out once, whoever asks."""

    renderer_classes = [*View.renderer_classes, OpenApiJsonRenderer]

    @extend_schema(exclude=True)
    def get(self, request: Request) -> HttpResponse:
        return HttpResponse(described(), content_type=OpenApiJsonRenderer.media_type)


@cache
def described() -> bytes:
    """The schema as JSON. To generate it takes a second, to write it as YAML took several."""
    generator: Any = SchemaGenerator
    return bytes(OpenApiJsonRenderer().render(generator().get_schema(public=True)))


class CastShape(serializers.Serializer[Any]):
    name = serializers.CharField()
    email = serializers.EmailField()
    password = serializers.CharField()
    role_it = serializers.CharField()
    role_en = serializers.CharField()


class CastPage(ListShape):
    data = CastShape(many=True)


class Cast(View):
    @extend_schema(operation_id="demo_cast", responses=CastPage)
    def get(self, request: Request) -> Response:
        only_in_the_demo()
        return Response({"data": demo_cast.as_shown()})
