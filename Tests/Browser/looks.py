"""What has to be so on every page, whatever it shows."""

import re

from harness import is_too_wide, violations
from tour import shapes
from visits import Words

KEYS = re.compile(r"(?<![\w./@-])(" + "|".join(re.escape(key) for key in Words("en").keys()) + r")(?![\w-])")
GAPS = re.compile(r"[{}]|\(\s*\)|“\s*”|״\s*״")

# Texts that are seen or read aloud, but for those that the page itself says are of another script or language.
TEXTS = """() => {
  const texts = [document.title];
  const isOther = (node) => node.closest("[dir=ltr]:not(html), [lang]:not(html), option, script, style");
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const [text, parent] = [walker.currentNode.textContent.trim(), walker.currentNode.parentElement];
    if (text && !isOther(parent) && parent.checkVisibility()) texts.push(text);
  }
  for (const name of ["aria-label", "title", "placeholder", "alt"])
    for (const node of document.querySelectorAll(`[${name}]`)) if (!isOther(node)) texts.push(node.getAttribute(name));
  return texts;
}"""
INLINE = """() => [...document.querySelectorAll("*")].filter((node) =>
  node.localName === "style" || (node.localName === "script" && !node.src) ||
  [...node.attributes].some(({ name, value }) => name === "style" || name.startsWith("on") || /^\\s*javascript:/i.test(value))
).map((node) => node.outerHTML.slice(0, 100))"""


def unfinished(page):
    """Names of texts that stand where the texts should be, and places in them that nobody has filled in."""
    return [text for text in page.evaluate(TEXTS) if not text or KEYS.search(text) or GAPS.search(text)]


def inline(page):
    """Scripts and styles that are in the page itself, where nothing tells them from what came in by mistake."""
    return page.evaluate(INLINE)


def latin(page, names):
    """Texts of a Hebrew page that are in Latin letters.

    :param names: what is called so in any language.
    """
    allowed = re.compile(
        r"\S+@\S+|https?://\S+|\b[A-Z]\w+/[A-Z]\w+(?:[/ ][A-Z]\w+)*|\b(?:Google|Loom|Platform|Calendar|API|UTC|ics)\b|"
        + "|".join(rf"\b{re.escape(name)}\b" for name in names))
    return [text for text in page.evaluate(TEXTS) if re.search("[A-Za-z]", allowed.sub("", text))]


def faults(visitor, language, names):
    """What is wrong with what is seen now, in every shape."""
    page = visitor.page
    found = [f"no text: {text}" for text in unfinished(page)] + [f"inline: {text}" for text in inline(page)]
    html = page.locator("html")
    direction = {"en": "ltr", "he": "rtl"}[language]
    if (html.get_attribute("lang"), html.get_attribute("dir")) != (language, direction):
        found.append(f"is not marked as {language}, {direction}")
    if language == "he":
        found += [f"not Hebrew: {text}" for text in latin(page, names)]
    shapes_of = {}
    for shape in shapes(visitor):
        for text in violations(page) + (["scrolls sideways"] if is_too_wide(page) else []):
            shapes_of.setdefault(text, []).append(shape)
    return found + [f"{text} ({', '.join(shapes)})" for text, shapes in shapes_of.items()]
