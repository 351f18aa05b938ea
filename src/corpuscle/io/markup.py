"""XML read safely: nothing is expanded, nothing is fetched."""

from collections.abc import Iterable
from pathlib import Path
from xml.etree.ElementTree import Element, ParseError

import defusedxml
import defusedxml.ElementTree as SafeTree

from corpuscle.io.errors import FormatError


def read_root(path: Path) -> Element:
    """Read the root of an XML file.

    Raises: FormatError, when it is no whole XML, or when it declares entities or a document type.
    """
    try:
        root: Element = SafeTree.fromstring(path.read_bytes(), forbid_dtd=True)
    except defusedxml.DefusedXmlException:
        hint = "remove the document type declaration"
        raise FormatError(path.name, "XML that declares no entities", "a declaration", hint=hint) from None
    except ParseError as error:
        hint = "the file may be cut here"
        raise FormatError(path.name, "whole XML", str(error), line=error.position[0], hint=hint) from None
    except (LookupError, ValueError) as error:
        raise FormatError(path.name, "XML in an encoding known here", str(error)) from None
    return root


def read_spots(spots: Iterable[Element]) -> dict[str, list[str | None]]:
    """Read the attributes of elements as columns of text, in the order in which they first occur."""
    columns: dict[str, list[str | None]] = {}
    for row, spot in enumerate(spots):
        for name, value in spot.attrib.items():
            columns.setdefault(name, [None] * row).append(value)
        for cells in columns.values():
            if len(cells) == row:
                cells.append(None)
    return columns
