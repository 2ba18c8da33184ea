"""Colours for Pygments: in documentation, in notebooks, in terminals."""

from __future__ import annotations

from typing import ClassVar

from pygments.lexer import RegexLexer, bygroups, include
from pygments.token import Comment, Keyword, Name, Number, Operator, Punctuation, String, Text


class KumeoLexer(RegexLexer):  # type: ignore[misc] # Pygments carries no types
    """Colours Kumeo."""

    name = "Kumeo"
    aliases: ClassVar = ["kumeo"]
    filenames: ClassVar = ["*.kumeo"]
    mimetypes: ClassVar = ["text/x-kumeo"]
    url = ""
    version_added = ""

    tokens: ClassVar = {
        "root": [
            (r"\s+", Text),
            (r"//[^\n]*", Comment.Single),
            (r"/\*", Comment.Multiline, "comment"),
            (r'"""', String, "raw"),
            (r'"', String.Double, "double"),
            (r"'", String.Single, "single"),
            (
                r"(workflow|subworkflow|integration)(\s+)([A-Za-z_]\w*)(?=\s*\{)",
                bygroups(Keyword.Declaration, Text, Name.Class),
            ),
            (r"(integration)(?=\s*\{)", Keyword.Declaration),
            (r"(use)(\s+)([A-Za-z_]\w*)(\s+)(as)\b", bygroups(Keyword, Text, Name.Class, Text, Keyword)),
            (r"(source|target|agent)(\s+)([A-Za-z_]\w*)(?=\s*\{)", bygroups(Keyword, Text, Name.Variable)),
            (r"[A-Za-z_]\w*(?=\s*\()", Name.Function),
            (r"[A-Za-z_]\w*(?=\s*[:=])", Name.Attribute),
            (r"(true|false|null)\b", Keyword.Constant),
            (r"-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?", Number),
            (r"[A-Za-z_]\w*", Name),
            (r"[:=./]", Operator),
            (r"[{}\[\](),;]", Punctuation),
        ],
        "comment": [
            (r"[^*]+", Comment.Multiline),
            (r"\*/", Comment.Multiline, "#pop"),
            (r"\*", Comment.Multiline),
        ],
        "filled": [
            (r"\{\{.*?\}\}", String.Interpol),
            (r"\$\{[^{}]*\}", String.Interpol),
        ],
        "raw": [include("filled"), (r'"""', String, "#pop"), (r'[^"{$]+', String), (r'["{$]', String)],
        "double": [
            include("filled"),
            (r"\\.", String.Escape),
            (r'"', String.Double, "#pop"),
            (r'[^"\\{$]+', String.Double),
            (r"[{$]", String.Double),
        ],
        "single": [
            include("filled"),
            (r"\\.", String.Escape),
            (r"'", String.Single, "#pop"),
            (r"[^'\\{$]+", String.Single),
            (r"[{$]", String.Single),
        ],
    }
