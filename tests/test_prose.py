"""Texts that people write, read by issues/analysis/prose.py."""

import re
from html.parser import HTMLParser
from time import thread_time

import pytest
from hypothesis import given
from hypothesis import strategies as some

from issues.analysis import prose

TAGS = {"p", "strong", "em", "ul", "ol", "li", "blockquote", "code", "br", "a"}
LINK = 'rel="noopener noreferrer nofollow"'
CITE = re.compile(r'<a class="cite" href="#s(\d)" aria-label="Source (\d)">\d</a>')


def short(text, count=0) -> str:
    """Return a text's HTML on one line, its superscripts as ^1."""
    found = prose.html(text, [f"s{n}" for n in range(1, count + 1)])
    return CITE.sub(r"^\1", found).replace("\n", "")


class Markup(HTMLParser):
    """The elements of a page: (tag, attributes)."""

    def __init__(self, page):
        super().__init__()
        self.found = []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))

    def handle_comment(self, data):
        self.found.append(("comment", {}))

    handle_decl = handle_pi = unknown_decl = handle_comment


@pytest.mark.parametrize(
    ("text", "count", "found"),
    [
        ("One. [1] Two.[2]", 2, "<p>One.^1 Two.^2</p>"),
        ("One. [2] Rest", 2, "<p>One.^2 Rest</p>"),
        ("No mark", 2, "<p>No mark^1^2</p>"),
        ("No mark\n\nNor here", 1, "<p>No mark</p><p>Nor here^1</p>"),
        ("Windows[1]\r\n\r\nlines", 1, "<p>Windows^1</p><p>lines</p>"),
        ("Of no source [7]", 1, "<p>Of no source [7]^1</p>"),
        ("No source at all [1]", 0, "<p>No source at all [1]</p>"),
        (" \n\n ", 3, ""),
        ("*Both* [1][2]", 2, "<p><em>Both</em>^1^2</p>"),
        ("**Said [1]**", 1, "<p><strong>Said^1</strong></p>"),
        ("- one\n- two [1]", 1, "<ul><li>one</li><li>two^1</li></ul>"),
        ("- one\n- two", 1, "<ul><li>one</li><li>two^1</li></ul>"),
        ("`[1]` is code", 1, "<p><code>[1]</code> is code^1</p>"),
        (r"\[1] is typed", 1, "<p>[1] is typed^1</p>"),
        ("[1](https://a.example)", 1, f'<p><a href="https://a.example" {LINK}>1</a>^1</p>'),
        ("[as [1] says](https://a.example)", 1, f'<p><a href="https://a.example" {LINK}>as [1] says</a>^1</p>'),
        ("[1]: https://a.example\n\nSo it is. [1]", 1, "<p>^1: https://a.example</p><p>So it is.^1</p>"),
    ],
)
def test_a_mark_names_its_source(text, count, found):
    assert short(text, count) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("*a* _b_ **c**", "<p><em>a</em> <em>b</em> <strong>c</strong></p>"),
        ("1. one\n2. two", "<ol><li>one</li><li>two</li></ol>"),
        ("2014. The year", '<ol start="2014"><li>The year</li></ol>'),
        ("> quoted", "<blockquote><p>quoted</p></blockquote>"),
        ("[a](https://b.example/?c=1&d=2)", f'<p><a href="https://b.example/?c=1&amp;d=2" {LINK}>a</a></p>'),
        ("<http://b.example>", f'<p><a href="http://b.example" {LINK}>http://b.example</a></p>'),
        ("[](https://b.example)", f'<p><a href="https://b.example" {LINK}>https://b.example</a></p>'),
        ('[a](https://b.example "told")', f'<p><a href="https://b.example" {LINK}>a</a></p>'),
        ("# Heading\ntext", "<p><strong>Heading</strong></p><p>text</p>"),
    ],
)
def test_markdown_is_read(text, found):
    assert short(text) == found


@pytest.mark.parametrize(
    "text",
    [
        "3 * 4 * 5 is 60, and snake_case_words stay",
        "https://a.example/some_path_here",
        "Before\n---\nafter",
        "#5 on the list",
        "5 < 6 & 7 > 6",
        "AT&T said “no” – 'twice'",
        "A dash - and a plus + within",
    ],
)
def test_plain_words_stay_as_they_are(text):
    told = prose.escape(text).replace("&#x27;", "'").replace("&quot;", '"')
    assert prose.html(text).strip() == f"<p>{told}</p>"
    assert prose.words(text) == " ".join(text.split())


def test_indented_words_are_no_code():
    assert short("Before\n\n    after") == "<p>Before</p><p>after</p>"


def test_words_are_the_text_without_its_marks():
    assert prose.words("*One*, [two](https://a.example) & <b>\n\n- three") == "One, two & <b> three"


PAYLOADS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '<p hx-get="/x" hx-trigger="load" class="cite" style="color:red" data-x="1">x</p>',
    '<div hx-on::load="alert(1)">x</div>',
    "<!-- comment --><!DOCTYPE x><?php x ?><![CDATA[x]]>",
    "<svg><a xlink:href='javascript:alert(1)'><text>x</text></a></svg>",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<sup>1</sup> &lt;sup&gt;1&lt;/sup&gt;",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](java\tscript:alert(1))",
    "[x](&#106;avascript:alert(1))",
    "[x](javascript&colon;alert(1))",
    "[x](\x01javascript:alert(1))",
    "[x](vbscript:x) [x](file:///etc/hosts) [x](mailto:a@b.example)",
    "[x](data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==)",
    "[x](/admin/logout/) [x](//evil.example) [x](\\\\evil.example) [x](#main) [x](https:evil) [x](https:///evil)",
    "<javascript:alert(1)> <data:text/html,x> <a@b.example>",
    '[x](https://a.example/"onmouseover="alert(1))',
    "[x](https://a.example/%22onmouseover=%22alert(1))",
    "[x](https://a.example '\" onmouseover=\"alert(1)')",
    "[x](<https://a.example/><script>alert(1)</script>)",
    "![x](https://a.example/x.png) ![x](javascript:alert(1)) ![x][1]",
    "![<script>](https://a.example 'x')",
    "[[x](https://a.example)](https://b.example) [x [y](javascript:z)](https://c.example)",
    "[x]: javascript:alert(1)\n\n[x] [x][x] [x][]",
    "`<script>alert(1)</script>` ``<b>``",
    "```html\n<script>alert(1)</script>\n```",
    "    <script>alert(1)</script>",
    "# <h1 onclick=alert(1)>x</h1>\n\n<h1>y</h1>\n===",
    "- <li onclick=alert(1)>\n- > <blockquote cite=javascript:x>",
    "&lt;script&gt;alert(1)&lt;/script&gt; &#60;script&#62; &#x3c;script&#x3e; &amp;lt;b&amp;gt;",
    "nul \x00 <scr\x00ipt>alert(1)</scr\x00ipt>",
    "\u202e<script>\u2066txet\u2069 [x](https://a.example/\u202egnp.exe)",
    "\ufeff<script>\u2028alert(1)\u2029</script>",
    "{% debug %} {{ secret }} <%= x %> ${x}",
    "\"><script>alert(1)</script> ' onload=alert(1) x='",
]


def assert_harmless(page):
    for tag, attributes in Markup(CITE.sub("", page)).found:
        assert tag in TAGS, tag
        assert attributes.keys() <= {"a": {"href", "rel"}, "ol": {"start"}}.get(tag, set()), attributes
        if tag == "a":
            assert re.match("https?://[^/]", attributes["href"]) and attributes["rel"].endswith("nofollow")
            assert not re.search(r"[\x00-\x20\"'<>]", attributes["href"])


@pytest.mark.parametrize("payload", PAYLOADS)
def test_no_text_becomes_markup_of_its_own(payload):
    for text in (payload, f"Said [1] {payload}", f"- {payload}", f"[a]({payload})", payload + "*" * prose.CROWDED):
        assert_harmless(prose.html(text, ["s1"]))


@given(some.text("<>[]()!*_`&#;:/\\\"'ahx-1. \n\t\x00\u202e=%", max_size=60), some.integers(0, 2))
def test_whatever_is_typed_is_harmless(text, count):
    assert_harmless(prose.html(text, ["s1", "s2"][:count]))


def test_the_second_lock_holds_by_itself():
    page = prose.CLEANER.clean(
        '<p class="cite" hx-get="/x" data-x="1" style="x" id="s1" title="t">a<script>x</script><!-- y -->'
        '<a href="javascript:x">b</a><a href="https://c.example" target="_top" onclick="x">c</a><img src="x"></p>'
    )
    assert page == f'<p>a<a {LINK}>b</a><a href="https://c.example" {LINK}>c</a></p>'


def test_what_stands_too_deep_is_shown_as_typed():
    assert short("> " * 30 + "deep", 1) == f"<p>{'&gt; ' * 30}deep^1</p>"
    assert short("> " * 15 + "deep").count("<blockquote>") == 15
    nested = "\n".join("  " * n + f"- item {n}" for n in range(40))
    assert "item 39" in prose.html(nested)


ADVERSE = [
    *(
        "[",
        ">",
        "*",
        "_*",
        "![",
        "[a](",
        "](",
        "<",
        "<http://a ",
        "&amp;",
        "- a\n",
        "1. a\n",
        "# a\n",
        "[1]",
        "[1",
        "`a",
    ),
    *(
        "> > > > > x\n",
        "**x* ",
        "\\[",
        '[a](http://x "',
        "[a](<b",
        "x\n\n",
        "\n",
        " ",
        "\t",
        " [",
        "a**b",
        "\u202e",
        "(",
    ),
]


def test_no_text_takes_long():
    """Each as 100 kB of it, and as much of it as is still read as Markdown, filled up with words."""
    slow = {}
    for piece in ADVERSE:
        within = piece * ((prose.CROWDED - 10) // max(1, len(prose.MARKUP.findall(piece))))
        for text in (piece * (100_000 // len(piece)), (within + " words" * 20_000)[:100_000]):
            # The collector's pauses, and what else this machine does, pass: the text does not.
            if all(seconds(text) > 0.05 for _ in range(4)):
                slow[piece, len(text)] = seconds(text)
    assert not slow


def seconds(text) -> float:
    """Return the processor time that one reading takes."""
    prose.rendered.cache_clear()
    begun = thread_time()
    prose.html(text, ["s1"])
    return thread_time() - begun
