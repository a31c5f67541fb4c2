"""What a PDF of ours says, read back out of its own streams: glyphs by the table that each font carries for readers."""

import re
import zlib

STREAM = re.compile(rb"stream\r?\n(.*?)\r?\nendstream", re.S)
PAIR = re.compile(rb"<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>")
SHOWN = re.compile(rb"\[([^\]]*)\]\s*TJ|<([0-9A-Fa-f]+)>\s*Tj")


def text_of(content: bytes) -> str:
    """The words of a PDF, each read with every font's table: what is in none of these readings is not in the file."""
    streams = streams_of(content)
    tables = [table for table in map(table_of, streams) if table]
    assert tables, "no font that can be read"
    said = []
    for stream in streams:
        for several, one in SHOWN.findall(stream):
            glyphs = b"".join(re.findall(rb"<([0-9A-Fa-f]+)>", several)) or one
            said += ["".join(table.get(code, "") for code in pairs(glyphs)) for table in tables]
    assert said, "no words"
    return " ".join(said)


def streams_of(content: bytes) -> list[bytes]:
    """What a PDF's streams hold, unpacked where they are packed."""
    return [unpacked(found) for found in STREAM.findall(content)]


def unpacked(stream: bytes) -> bytes:
    try:
        # What is between the words may lack its last byte, where that is the sign of a new line.
        return zlib.decompressobj().decompress(stream)
    except zlib.error:
        return stream


def pairs(glyphs: bytes) -> list[bytes]:
    return [glyphs[n : n + 4].lower() for n in range(0, len(glyphs), 4)]


def table_of(stream: bytes) -> dict[bytes, str]:
    """Letters by glyph, of a ToUnicode table; nothing for any other stream."""
    found = {}
    for part in re.findall(rb"beginbfchar(.*?)endbfchar", stream, re.S):
        for glyph, letters in PAIR.findall(part):
            found[glyph.lower().rjust(4, b"0")] = bytes.fromhex(letters.decode()).decode("utf-16-be")
    return found
