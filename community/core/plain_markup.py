"""Markdown as text that reads well alone: the plain part of a mail."""

from collections.abc import Sequence

from markdown_it.tree import SyntaxTreeNode

from community.core.markup import Value, filled_tokens

_FOLLOWED = ("http://", "https://", "mailto:")
_BREAK = "\n"


def filled_plain(parts: Sequence[str | Value]) -> str:
    """Markdown with values in it as plain text: addresses stand beside the words of their links."""
    return _block(SyntaxTreeNode(filled_tokens(parts)))


def _block(node: SyntaxTreeNode) -> str:
    match node.type:
        case "inline":
            return "".join(map(_inline, node.children))
        case "paragraph" | "heading":
            return _blocks(node, "")
        case "bullet_list" | "ordered_list":
            return _list(node)
        case "blockquote":
            return _each_line(_blocks(node), "> ", "> ")
        case "fence" | "code_block":
            return _each_line(node.content.rstrip("\n"), "    ", "    ")
    return "* * *" if node.type == "hr" else _blocks(node)


def _blocks(node: SyntaxTreeNode, between: str = "\n\n") -> str:
    return between.join(filter(None, map(_block, node.children)))


def _list(node: SyntaxTreeNode) -> str:
    first = int(str(node.attrs.get("start", 1)))
    tight = all(part.hidden for item in node.children for part in item.children[:1])
    between = "\n" if tight else "\n\n"
    items = []
    for number, item in enumerate(node.children, first):
        mark = f"{number}. " if node.type == "ordered_list" else "- "
        items.append(_each_line(_blocks(item, between), mark, " " * len(mark)))
    return between.join(items)


def _each_line(text: str, first: str, rest: str) -> str:
    lines = text.split("\n")
    return "\n".join(
        f"{rest if number else first}{line}".rstrip() for number, line in enumerate(lines)
    )


def _inline(node: SyntaxTreeNode) -> str:
    said = "".join(map(_inline, node.children))
    match node.type:
        case "softbreak" | "hardbreak":
            return _BREAK
        case "strong":
            return f"*{said}*"
        case "em":
            return f"_{said}_"
        case "link":
            address = str(node.attrs.get("href", ""))
            led = address.startswith(_FOLLOWED) and address.removeprefix("mailto:") != said
            return f"{said} <{address}>" if led and address != said else said
    return node.content or said
