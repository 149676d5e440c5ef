"""Somebody at a keyboard, without a mouse, who sees where the focus is."""

import re
from typing import Any

from playwright.sync_api import Page

MOST_STOPS = 150

# What has the focus, as a person sees it: its name, and how it and what is around it look now.
_LOOK = """() => {
  const here = document.activeElement;
  const seen = (one) => {
    const style = getComputedStyle(one);
    return [style.outlineStyle, style.outlineWidth, style.outlineColor, style.boxShadow].join();
  };
  const around = (one) => [one, one.parentElement, one.closest("article, .card")]
    .filter(Boolean).map(seen).join(";");
  const last = window.lastStop;
  const before = last && last.one.isConnected && last.one !== here
    ? {name: last.name, differs: around(last.one) !== last.looked} : null;
  if (!here || here === document.body) {
    window.lastStop = null;
    return {name: "", tag: "body", before};
  }
  const labels = here.labels ? [...here.labels].map((label) => label.innerText) : [];
  const legend = here.closest("fieldset")?.querySelector("legend")?.innerText || "";
  const name = (here.getAttribute("aria-label") || labels.join(" ") || here.innerText || here.id)
    .replace(/\\s+/g, " ").trim();
  const box = here.getBoundingClientRect();
  const inside = box.width > 0 && box.height > 0 && box.bottom > 0 && box.right > 0
    && box.top < innerHeight && box.left < innerWidth;
  window.lastStop = {one: here, name, looked: around(here)};
  return {name, legend, tag: here.tagName.toLowerCase(), type: here.type || "", inside, before,
          checked: here.checked === true, value: here.value ?? "",
          chosen: here.selectedOptions?.[0]?.label ?? ""};
}"""

Stop = dict[str, Any]


class Keyboard:
    """Goes through pages by keys alone. Each stop must be in the window, and look focused."""

    def __init__(self, page: Page) -> None:
        self.page = page
        page.emulate_media(reduced_motion="reduce")

    def open(self, address: str) -> None:
        """Type an address, or follow a link in a mail."""
        self.page.goto(re.sub(r"^https?://[^/]+", "", address))

    def tab(self, *, back: bool = False) -> Stop:
        """The next stop, or the one before."""
        self.page.keyboard.press("Shift+Tab" if back else "Tab")
        stop: Stop = self.page.evaluate(_LOOK)
        left = stop["before"]
        assert left is None or left["differs"], f"nobody sees that {left['name']!r} has the focus"
        assert stop["tag"] == "body" or stop["inside"], f"{stop['name']!r} is out of sight"
        return stop

    def find(self, name: str, *, within: str = "", back: bool = False) -> Stop:
        """Tab to what is called so (from its beginning), in the group of that legend if given."""
        passed: list[str] = []
        for _ in range(MOST_STOPS):
            stop = self.tab(back=back)
            if stop["name"].startswith(name) and stop.get("legend", "").startswith(within):
                return stop
            passed.append(stop["name"] or stop["tag"])
        raise AssertionError(f"no key leads to {name!r} {within}: {passed}")

    def fill(self, name: str, text: str) -> None:
        """Type into a field, over what it holds."""
        self.find(name)
        self.page.keyboard.press("Control+a")
        self.page.keyboard.type(text)

    def tick(self, name: str, *, within: str = "") -> None:
        """Change a checkbox."""
        before = self.find(name, within=within)["checked"]
        self.page.keyboard.press("Space")
        assert self.page.evaluate("document.activeElement.checked") != before

    def choose(self, name: str, option: str) -> None:
        """Take an option of a list, by the arrows."""
        stop = self.find(name)
        assert stop["tag"] == "select", stop
        self.page.keyboard.press("Home")
        for _ in range(50):
            if self.page.evaluate("document.activeElement.selectedOptions[0].label") == option:
                return
            self.page.keyboard.press("ArrowDown")
        raise AssertionError(f"{name!r} offers no {option!r}")

    def press_here(self, name: str) -> None:
        """Follow a link within the page."""
        self.find(name)
        self.page.keyboard.press("Enter")

    def press(self, name: str, *, by: str = "Enter") -> None:
        """Press a button or follow a link, and wait for the page that comes."""
        self.find(name)
        with self.page.expect_navigation():
            self.page.keyboard.press(by)

    def skip(self) -> None:
        """Take the first stop of the page, the link past its head."""
        stop = self.tab()
        assert stop["name"] == "Skip to the content", stop["name"]
        self.page.keyboard.press("Enter")
        assert self.page.evaluate("document.activeElement.id") == "main"

    def walk(self) -> list[str]:
        """Every stop of the page in order. Fails in a trap, or where the focus cannot be seen."""
        stops: list[str] = []
        for _ in range(MOST_STOPS):
            stop = self.tab()
            if stop["tag"] == "body":
                return stops
            stops.append(stop["name"])
        raise AssertionError(f"no way out: {stops[-10:]}")
