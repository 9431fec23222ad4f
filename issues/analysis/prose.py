"""Texts that people write: Markdown without raw HTML, in which “[1]” names a claim's first source. Pure Python."""

import re
from collections.abc import Sequence
from functools import lru_cache
from html import escape, unescape
from textwrap import shorten

import nh3
from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

# Control characters and half characters, which no text needs.
UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
MARK = re.compile(r"(?<![ \t])[ \t]*\[(\d{1,3})\]")
BARE_MARK = re.compile(r"\[(\d{1,3})\]")
WEB_ADDRESS = re.compile(r"https?://[^/]", re.IGNORECASE)
MARKUP = re.compile(r"[\n*_`<>&#!\\\[\]]")
CROWDED = 1_500  # characters that mean something: more of them take longer to read than a page may
DEEP = 20  # levels of lists and quotations in each other


class TooDeep(Exception):
    """A list or quotation stands deeper in others than is shown."""


def html(text: str, keys: Sequence[str] = ()) -> str:
    """Return a text as safe HTML; `keys` are the ids of its sources' rows, which its superscripts lead to.

    A mark that names no source stays as it is. A text without marks names its sources at its end, in order.
    A text that is nested too deeply, or is hardly more than punctuation, is shown as it was typed.
    """
    if len(MARKUP.findall(text)) > CROWDED:
        return plain(text, keys)
    return rendered(text, tuple(keys))


def words(text: str) -> str:
    """Return a text as one line of plain words, for where only a line of it stands."""
    return " ".join(unescape(re.sub(r"<[^>]*>", "", html(text))).split()) if MARKUP.search(text) else text


@lru_cache(maxsize=1_000)
def beginning(text: str, most: int) -> str:
    """Return a text as one line of plain words, cut after a whole word to so many characters."""
    return shorten(words(text), most, placeholder=" …")


def plain(text: str, keys: Sequence[str]) -> str:
    """Return a text as escaped paragraphs, split at blank lines, with its superscripts."""
    parts = [escape(part.strip()) for part in text.replace("\r\n", "\n").split("\n\n") if part.strip()]

    def link(mark: re.Match) -> str:
        return superscript(int(mark[1]), keys) if names(mark, keys) else mark[0]

    shown = [MARK.sub(link, part) for part in parts]
    if parts and shown == parts:
        shown[-1] += "".join(superscript(number, keys) for number, _ in enumerate(keys, start=1))
    return "".join(f"<p>{part}</p>" for part in shown)


@lru_cache(maxsize=1_000)
def rendered(text: str, keys: tuple[str, ...]) -> str:
    """Return a Markdown text as safe HTML with its superscripts."""
    env = {"keys": keys}
    try:
        blocks = MARKDOWN.parse(text, env)
    except TooDeep:
        return plain(text, keys)
    lines = [block for block in blocks if block.children is not None]
    if lines and not any(token.type == "mark" for line in lines for token in line.children or ()):
        lines[-1].children = [*(lines[-1].children or ()), *(mark_token(n) for n, _ in enumerate(keys, start=1))]
    found = CLEANER.clean(MARKDOWN.renderer.render(blocks, MARKDOWN.options, env))
    # After the cleaning, which takes every class and every address within the page away.
    return re.sub(r"<sup>(\d{1,3})</sup>", lambda mark: superscript(int(mark[1]), keys), found)


def superscript(number: int, keys: Sequence[str]) -> str:
    """Return the link from a claim to the row of one of its sources."""
    return f'<a class="cite" href="#{keys[number - 1]}" aria-label="Source {number}">{number}</a>'


def names(mark: re.Match, keys: Sequence[str]) -> bool:
    """Tell whether a mark names one of the sources."""
    return 1 <= int(mark[1]) <= len(keys)


def mark_token(number: int) -> Token:
    """Return a superscript as a part of a line."""
    return Token("mark", "", 0, content=str(number))


def read_mark(state: StateInline, silent: bool) -> bool:
    """Read a mark that names a source, with the blanks before it; one inside a link stays text."""
    mark = None if silent or state.linkLevel else BARE_MARK.match(state.src, state.pos)
    if mark is None or not names(mark, state.env["keys"]):
        return False
    state.pending = state.pending.rstrip(" \t")
    state.push("mark", "", 0).content = str(int(mark[1]))
    state.pos = mark.end()
    return True


def refuse_depth(state: StateBlock, line: int, end: int, silent: bool) -> bool:
    """Stop at what stands too deep: the parser would leave it out without a word."""
    if state.level >= DEEP:
        raise TooDeep
    return False


def name_links(state) -> None:
    """Give a link without words its address as words."""
    for block in state.tokens:
        line = block.children or []
        for i in range(len(line) - 1, 0, -1):
            if line[i].type == "link_close" and line[i - 1].type == "link_open":
                line.insert(i, Token("text", "", 0, content=str(line[i - 1].attrs["href"])))


def reader() -> MarkdownIt:
    """Return the parser: paragraphs, emphasis, lists, quotations, code in a line, links, headings in bold."""
    found = MarkdownIt("commonmark", {"html": False, "maxNesting": DEEP + 2})
    # A line under a paragraph, indentation and “[1]: …” are common in plain text and mean nothing there.
    found.disable(["code", "fence", "hr", "html_block", "html_inline", "image", "lheading", "reference"])
    found.block.ruler.before("blockquote", "refuse_depth", refuse_depth, {"alt": ["paragraph", "blockquote", "list"]})
    found.inline.ruler.after("link", "mark", read_mark)
    found.core.ruler.push("name_links", name_links)
    found.validateLink = lambda url: bool(WEB_ADDRESS.match(url))  # type: ignore[method-assign]
    found.add_render_rule("mark", lambda self, tokens, i, options, env: f"<sup>{tokens[i].content}</sup>")
    found.add_render_rule("heading_open", lambda self, tokens, i, options, env: "<p><strong>")
    found.add_render_rule("heading_close", lambda self, tokens, i, options, env: "</strong></p>\n")
    return found


MARKDOWN = reader()
# The second lock: whatever the parser lets through, nothing else leaves this room.
CLEANER = nh3.Cleaner(
    tags={"p", "strong", "em", "ul", "ol", "li", "blockquote", "code", "br", "a", "sup"},
    attributes={"*": set(), "a": {"href"}, "ol": {"start"}},
    url_schemes={"http", "https"},
    link_rel="noopener noreferrer nofollow",
)
