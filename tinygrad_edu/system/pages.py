"""Pages that load nothing from elsewhere: what tells the browser so, and words for the pictures in them."""

from __future__ import annotations

import base64
import hashlib
import xml.etree.ElementTree as ElementTree

SVG = "http://www.w3.org/2000/svg"


def content_security_policy(*allowed: str) -> str:
    """Return the policy of a page to which nothing is allowed but what these rules say."""
    return "; ".join(["default-src 'none'", *allowed, "base-uri 'none'", "form-action 'none'"])


def hashed(text: str) -> str:
    """Return what a policy calls a script or a style sheet by that stands in the page."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def describe_svg(root: ElementTree.Element, name: str, title: str, description: str) -> None:
    """Give a picture a title and a description for those who do not see it.

    Parameters:
        root: the element `svg`.
        name: what their identifiers begin with, which no other picture on the page has.
    """
    root.attrib |= {"role": "img", "aria-labelledby": f"{name}-title {name}-text"}
    for tag, identifier, text in (("desc", f"{name}-text", description), ("title", f"{name}-title", title)):
        part = ElementTree.Element(f"{{{SVG}}}{tag}", {"id": identifier})
        part.text = text
        root.insert(0, part)
