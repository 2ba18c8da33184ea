from __future__ import annotations

import pytest

from kodonb.display.markdown import markdown


def test_markdown_becomes_html_without_headings_of_the_page():
    made = markdown("# Title\n\nSome *words* and\n\n- one\n- two\n\n| a | b |\n|---|---|\n| 1 | 2 |\n")
    assert '<div class="kn-md-h" role="heading" aria-level="5">Title</div>' in made
    assert "<em>words</em>" in made and "<li>one</li>" in made and "<td>2</td>" in made
    assert "<h1" not in made


@pytest.mark.parametrize(
    "said",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "[go](javascript:alert(1))",
        "[go](data:text/html;base64,PHNjcmlwdD4=)",
        "![x](http://elsewhere.example/pixel.png)",
        '<a href="http://elsewhere.example" onclick="x()">x</a>',
    ],
)
def test_what_could_do_harm_is_only_text(said):
    made = markdown(said)
    assert "<script" not in made and "<img" not in made and 'onclick="' not in made
    assert 'href="javascript' not in made and 'href="data' not in made


def test_links_open_elsewhere_and_tell_nothing():
    assert 'rel="noopener noreferrer nofollow" target="_blank"' in markdown(
        "[docs](https://example.org/docs)"
    )
