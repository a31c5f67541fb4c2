"""The official schemas of electronic invoices, as data: a new version is a new file and one line here."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from lxml import etree

HERE = Path(__file__).parent
VERSIONS = {
    "FatturaElettronica": "Schema_VFPR12_v1.2.3.xsd",
    "FatturaElettronicaSemplificata": "Schema_VFSM10_v1.0.2.xsd",
}
MOST_BYTES = 5 * 1024 * 1024  # control 00003


class Unreadable(Exception):
    """These bytes are no XML that may be read."""


class _OnlyOurs(etree.Resolver):  # type: ignore[misc]
    """The schemas name others by their web address; what they name is beside them, and nothing is fetched."""

    def resolve(self, url: str, public_id: str | None, context: Any) -> Any:
        return self.resolve_filename(str(HERE / url.rpartition("/")[2]), context)


@cache
def schema_of(root: str) -> etree.XMLSchema:
    """The schema of this root element. KeyError for any other."""
    parser = etree.XMLParser(no_network=True, load_dtd=False)
    parser.resolvers.add(_OnlyOurs())
    return etree.XMLSchema(etree.parse(str(HERE / VERSIONS[root]), parser))


def read(content: bytes) -> Any:
    """The root element of somebody's XML. Raises Unreadable: no document type, no entities, no network, 5 MB."""
    if len(content) > MOST_BYTES:
        raise Unreadable("more than 5 MB")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(content, parser)
    except etree.XMLSyntaxError as error:
        raise Unreadable(str(error)) from error
    # Invoices have no document type; entities are how small files become large.
    if root.getroottree().docinfo.doctype:
        raise Unreadable("a document type")
    return root
