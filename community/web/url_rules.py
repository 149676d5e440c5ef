"""Rules of the URL map that learn to build an address when one is asked for.

Werkzeug writes two small programs for each rule when it is added, so that ``url_for`` is quick:
500 of them when a process starts, an eighth of what that takes, and of most nobody ever asks.
"""

from collections.abc import Callable

from werkzeug.routing import Rule


class UrlRule(Rule):
    """Matches as Werkzeug's does; what it builds addresses with is compiled on first use."""

    def _compile_builder(self, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        compiled: list[Callable[..., tuple[str, str]]] = []

        def build(rule: Rule, **values: object) -> tuple[str, str]:
            if not compiled:  # two threads at once compile the same
                compiled.append(super(UrlRule, self)._compile_builder(append_unknown))
            return compiled[0](rule, **values)

        return build
