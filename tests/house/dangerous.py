"""What no line of the program may do, or in a few named places alone: rules over its syntax."""

import ast
import re
from collections.abc import Callable, Iterator, Sequence

Nodes = Sequence[ast.AST]
Rule = Callable[[Nodes], Iterator[ast.AST]]

_LOOKED_AT = (ast.Call, ast.Compare, ast.Attribute, ast.keyword, ast.Import, ast.ImportFrom)
_SECRET = re.compile(
    r"(^|_)(token|secret|signature|mac|password|csrf|digest|hash|hashed|reply_key|sign)$"
)
_OF_REQUEST = {"host", "host_url", "url_root", "root_url", "base_url", "url", "scheme"}
_CONNECTS = {
    "create_connection", "HTTPConnection", "HTTPSConnection", "SMTP", "SMTP_SSL", "IMAP4",
    "IMAP4_SSL", "LMTP",
}  # fmt: skip
_FETCHES = {"urlopen", "urlretrieve", "Request", "build_opener"}
_FETCHERS = {
    "requests", "httpx", "aiohttp", "urllib3", "urllib.request", "ftplib", "telnetlib", "pycurl",
    "websockets", "xmlrpc.client",
}  # fmt: skip


def nodes_of(text: str) -> Nodes:
    """The parts of a module's syntax that rules look at."""
    return [node for node in ast.walk(ast.parse(text)) if isinstance(node, _LOOKED_AT)]


def name_of(node: ast.AST) -> str:
    """The last part of a name: ``b`` of ``a.b``; ``""`` for what has none."""
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case ast.Call(func=func):
            return name_of(func)
    return ""


def _is_column(node: ast.AST) -> bool:
    """``Model.column``, ``table.c.column`` or a parameter of a query: the database compares."""
    if isinstance(node, ast.Call):
        return name_of(node) == "bindparam"
    if not isinstance(node, ast.Attribute):
        return False
    owner = name_of(node.value)
    return owner == "c" or owner[:1].isupper()


def secrets_compared(nodes: Nodes) -> Iterator[ast.AST]:
    """``==`` stops at the first wrong sign, and its time tells how many were right."""
    for node in nodes:
        if isinstance(node, ast.Compare) and isinstance(node.ops[0], ast.Eq | ast.NotEq):
            sides = [node.left, *node.comparators]
            if any(map(_is_column, sides)) or any(isinstance(s, ast.Constant) for s in sides):
                continue
            if any(_SECRET.search(name_of(side)) for side in sides):
                yield node


def markup_made(nodes: Nodes) -> Iterator[ast.AST]:
    """Text that is called HTML is no longer escaped."""
    yield from _calls(nodes, {"Markup", "HTMLString", "render_template_string", "from_string"})


def sql_of_pieces(nodes: Nodes) -> Iterator[ast.AST]:
    """SQL that is put together, and not a constant with parameters."""
    for call in _calls(nodes, {"text", "exec_driver_sql", "literal_column", "execute"}):
        if call.args and isinstance(call.args[0], ast.JoinedStr | ast.BinOp):
            yield call


def host_of_a_request(nodes: Nodes) -> Iterator[ast.AST]:
    """What a browser calls this site. Links are made of BASE_URL."""
    for node in nodes:
        match node:
            case ast.Attribute(value=owner, attr=name) if name in _OF_REQUEST:
                if name_of(owner) == "request":
                    yield node
            case ast.keyword(arg="_external"):
                yield node


def mail_by_the_library(nodes: Nodes) -> Iterator[ast.AST]:
    """Headers that the standard library writes (CVE-2024-6923)."""
    names = {"EmailMessage", "MIMEText", "MIMEMultipart", "MIMEBase", "MIMEImage", "send_message"}
    yield from _calls(nodes, names | {"sendmail", "formataddr", "make_header"})


def connections_without_an_end(nodes: Nodes) -> Iterator[ast.AST]:
    """What connects says how long it waits."""
    for call in _calls(nodes, _CONNECTS):
        named = any(keyword.arg == "timeout" for keyword in call.keywords)
        place = 2 if name_of(call) == "create_connection" else 4  # where it stands without a name
        if not named and len(call.args) < place:
            yield call


def fetching(nodes: Nodes) -> Iterator[ast.AST]:
    """Whatever would fetch an address that somebody typed (SSRF)."""
    for node in nodes:
        if isinstance(node, ast.Import) and {a.name for a in node.names} & _FETCHERS:
            yield node
        if isinstance(node, ast.ImportFrom) and (
            node.module in _FETCHERS or (node.module or "").partition(".")[0] in _FETCHERS
        ):
            yield node
    yield from _calls(nodes, _FETCHES)


def http_spoken(nodes: Nodes) -> Iterator[ast.AST]:
    """A connection for HTTP, to anywhere."""
    yield from _calls(nodes, {"HTTPConnection", "HTTPSConnection"})


def formats_of_others(nodes: Nodes) -> Iterator[ast.AST]:
    """``str.format`` of a text that is no constant lets it read attributes of what it is given."""
    for call in _calls(nodes, {"format", "format_map", "Template"}):
        func = call.func
        if isinstance(func, ast.Attribute) and isinstance(func.value, ast.Constant):
            continue
        yield call


def run_or_unpacked(nodes: Nodes) -> Iterator[ast.AST]:
    """What runs a text, or objects that somebody else wrote."""
    yield from _calls(nodes, {"eval", "exec", "loads_pickle", "unsafe_load", "system", "popen"})
    for node in nodes:
        if isinstance(node, ast.Import | ast.ImportFrom):
            names = {alias.name for alias in node.names}
            if isinstance(node, ast.ImportFrom):
                names = {node.module or ""}
            if names & {"pickle", "marshal", "shelve", "dill", "yaml"}:
                yield node


def _calls(nodes: Nodes, names: set[str]) -> Iterator[ast.Call]:
    for node in nodes:
        if isinstance(node, ast.Call) and name_of(node.func) in names:
            yield node
