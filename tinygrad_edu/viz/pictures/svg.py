"""What Graphviz's SVG lacks: a title in words, dark colours for people who read on dark ground, words for each part."""

from __future__ import annotations

import xml.etree.ElementTree as ET
import zlib
from collections.abc import Iterator

from tinygrad_edu.system.pages import SVG, describe_svg
from tinygrad_edu.viz.pictures import style
from tinygrad_edu.viz.text import printable

XLINK = "http://www.w3.org/1999/xlink"
COLOURED = ("fill", "stroke")


def finish(svg: str, title: str, description: str, follow_scheme: bool) -> str:
    """Return an SVG of Graphviz with a title, a description and, if it should follow the scheme, colours for both.

    Graphviz titles each part with its name in the text, "b3" or "b3->b4:i0:n". The words that it has beside, the
    tooltip, take that place: so a screen reader says them, and a browser shows them where the pointer rests.
    """
    ET.register_namespace("", SVG)
    ET.register_namespace("xlink", XLINK)
    root = ET.fromstring(svg)
    for part in root.iter(f"{{{SVG}}}g"):
        part.attrib.pop("id", None)
        use_tooltip_as_title(part)
    for graph in root.findall(f"{{{SVG}}}g"):
        for child in list(graph):  # its title would hide those of the parts
            if child.tag == f"{{{SVG}}}title" or child.findtext(f"{{{SVG}}}title") == "cluster_all":
                graph.remove(child)
    own = f"graph-{zlib.crc32(svg.encode()):08x}"  # several pictures may stand on one page
    describe_svg(root, own, printable(title), printable(description))
    if follow_scheme:
        sheet = ET.Element(f"{{{SVG}}}style")
        sheet.text = "@media (prefers-color-scheme: dark) {" + "".join(recolour(root)) + "}"
        root.insert(2, sheet)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def use_tooltip_as_title(part: ET.Element) -> None:
    """Make the tooltip of a part its title, and take away the link that leads nowhere, which Graphviz needs for it."""
    title = part.find(f"{{{SVG}}}title")
    if title is None:
        return
    for holder in list(part):
        link = holder.find(f"{{{SVG}}}a")
        if holder.tag == f"{{{SVG}}}g" and link is not None:
            title.text = link.get(f"{{{XLINK}}}title") or ""
            place = list(part).index(holder)
            part.remove(holder)
            for child in reversed(list(link)):
                part.insert(place, child)


def recolour(root: ET.Element) -> Iterator[str]:
    """Give each element with a colour a class for it, and yield the rules that make each colour a dark ground's."""
    used = set()
    for element in root.iter():
        classes = element.get("class", "").split()
        for attribute in COLOURED:
            colour = element.get(attribute, "black" if attribute == "fill" and element.tag == f"{{{SVG}}}text" else "")
            if colour in style.DARK:
                classes.append(f"{attribute[0]}{colour[1:]}")
                used.add((attribute, colour))
        if classes:
            element.set("class", " ".join(classes))
    for attribute, colour in sorted(used):
        yield f" .{attribute[0]}{colour[1:]} {{ {attribute}: {style.DARK[colour]} }}"
