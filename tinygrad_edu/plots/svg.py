"""Making Matplotlib's SVG fit into a page with a strict content security policy.

Such a page takes no `style` attributes, and an identifier may stand in it once. So what stands in them is written as
attributes of its own (`fill="none"`), identifiers that nothing refers to go, and the others begin with the figure's
name. The picture gets a title and a description for those who do not see it.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator

from tinygrad_edu.system.pages import SVG, describe_svg

XLINK = "http://www.w3.org/1999/xlink"
DROPPED = {f"{{{SVG}}}metadata", f"{{{SVG}}}style"}
REFERENCE = re.compile(r"url\(#([^)]+)\)")
SIZE = re.compile(r"([\d.]+)px")


def tidy(source: str, name: str, title: str, description: str) -> str:
    """Return an SVG text of Matplotlib's without style attributes, with a title and a description.

    Parameters:
        source: the text; its letters are letters, not paths.
        name: what its identifiers begin with.
        title, description: what a screen reader says of it.
    """
    ElementTree.register_namespace("", SVG)
    root = ElementTree.fromstring(source)
    used = {reference for element in root.iter() for reference in _references(element)}
    for marker in root.findall(f".//{{{SVG}}}defs/{{{SVG}}}path"):
        marker.attrib.pop("style", None)  # what uses it has the same; a page's rules for the dark do not reach in here
    for element in root.iter():
        for child in [child for child in element if child.tag in DROPPED]:
            element.remove(child)
        _tidy(element, name, used)
    for key in ("width", "height", "version"):
        root.attrib.pop(key, None)
    root.attrib |= {"class": "plot", "font-family": "sans-serif", "stroke-linejoin": "round"}
    describe_svg(root, name, title, description)
    return ElementTree.tostring(root, encoding="unicode")


def with_style(svg: str, css: str) -> str:
    """Return an SVG text with rules of CSS in it, so that it can stand for itself."""
    end = svg.index(">") + 1
    return f"{svg[:end]}<style>{css}</style>{svg[end:]}"


def _references(element: ElementTree.Element) -> Iterator[str]:
    for key, value in element.attrib.items():
        yield from REFERENCE.findall(value)
        if key == f"{{{XLINK}}}href" and value.startswith("#"):
            yield value[1:]


def _tidy(element: ElementTree.Element, name: str, used: set[str]) -> None:
    attributes: dict[str, str] = {}
    for key, value in element.attrib.items():
        if key == "style":
            attributes |= dict(_declarations(value))
        elif key == "id":
            if value in used:
                attributes["id"] = f"{name}-{value}"
        elif key == f"{{{XLINK}}}href":
            attributes["href"] = f"#{name}-{value[1:]}" if value.startswith("#") else re.sub(r"\s", "", value)
        else:
            attributes[key] = value
    element.attrib.clear()
    element.attrib.update(
        {key: REFERENCE.sub(rf"url(#{name}-\1)", value) for key, value in attributes.items() if value}
    )


def _declarations(style: str) -> Iterator[tuple[str, str]]:
    """Yield the declarations of a style as pairs; of a font only its size and weight: the page chooses the letters."""
    for declaration in style.split(";"):
        key, _, value = (part.strip() for part in declaration.partition(":"))
        if key == "font":
            yield from (("font-size", size) for size in SIZE.findall(value))
            if "bold" in value or "700" in value:
                yield "font-weight", "bold"
        elif key == "font-size":
            yield key, value.removesuffix("px")
        elif key and key != "font-family":
            yield key, value
