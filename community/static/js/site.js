/* Comfort only: every page works without this file. No dependency, no inline handler. */
"use strict";

const all = (selector, within = document) => [...within.querySelectorAll(selector)];

/* A form that came back with errors: start where they are listed. */
function focusErrors() {
  const summary = document.querySelector("[data-focus]");
  if (summary) summary.focus();
}

/* A second press while the first is on its way would only ask again. */
function preventDoubleSubmit(form) {
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    form.dataset.sent = "yes";
    const button = event.submitter;
    // aria-disabled and not disabled: a disabled button's name and value would not be sent.
    if (button) button.setAttribute("aria-disabled", "true");
  });
}

/* Back from the next page (bfcache): the form may be sent again. */
function allowSubmitAgain() {
  for (const form of all("form[data-sent]")) {
    delete form.dataset.sent;
    for (const button of all("[aria-disabled]", form)) button.removeAttribute("aria-disabled");
  }
}

/* "1:30 AM your time" under the event's own time, when the two clocks differ. */
function showLocalTime(line) {
  const language = document.documentElement.lang || undefined;
  const start = new Date(line.dataset.start);
  const end = new Date(line.dataset.end);
  const style = { weekday: "short", month: "short", day: "numeric", hour: "numeric", minute: "2-digit" };
  try {
    const here = new Intl.DateTimeFormat(language, style);
    const there = new Intl.DateTimeFormat(language, { ...style, timeZone: line.dataset.zone });
    if (here.format(start) === there.format(start)) return;
    line.textContent = line.dataset.text.replace("{time}", here.formatRange(start, end));
    line.hidden = false;
  } catch {
    // A zone that this browser does not know: the event's own time is on the page anyway.
  }
}

/* Copy an address; the button says that it did, also to a screen reader. */
function offerCopy(button) {
  const source = document.getElementById(button.dataset.copy);
  const label = button.textContent;
  if (!source || !navigator.clipboard) return;
  button.hidden = false;
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(source.value);
      button.textContent = button.dataset.done;
    } catch {
      source.focus();
      source.select();
    }
    setTimeout(() => (button.textContent = label), 2500);
  });
}

/* As many guest fields as guests; what was typed into the others is not sent. */
function revealGuests(number) {
  const groups = all("[data-guest]", number.form);
  const show = () => {
    for (const group of groups) {
      group.hidden = group.disabled = Number(group.dataset.guest) > Number(number.value);
    }
  };
  number.addEventListener("input", show);
  show();
}

/* In a new event the end follows the start, three hours later, until somebody sets it. */
function suggestEnd(start) {
  const end = document.getElementById(start.dataset.suggestEnd);
  start.addEventListener("change", () => {
    if (!end || end.value || !start.value) return;
    const three = new Date(`${start.value}Z`);
    three.setUTCHours(three.getUTCHours() + 3);
    end.value = three.toISOString().slice(0, 16);
  });
}

/* What the door's script keeps for an outage: all of it goes when the door has closed, and the names
   as soon as nobody is signed in here, or the door is not theirs any more. */
function forgetDoors() {
  const signedIn = document.querySelector('form[action$="/sign-out"]');
  const drop = (fits) =>
    window.caches && caches.keys().then((all) => all.filter(fits).forEach((one) => caches.delete(one)));
  try {
    if (!signedIn) drop((one) => one.startsWith("door "));
    for (const name of Object.keys(localStorage).filter((one) => one.startsWith("door:"))) {
      const kept = JSON.parse(localStorage.getItem(name));
      const over = !(kept.until > Date.now());
      const gone = !signedIn || (kept.page === location.pathname && !document.getElementById("door"));
      if (over) localStorage.removeItem(name);
      else if (gone) localStorage.setItem(name, JSON.stringify({ ...kept, heads: null, refused: [] }));
      if (over || gone) drop((one) => one === `door ${kept.page}`);
    }
  } catch {
    // Nothing is kept where nothing may be.
  }
}

focusErrors();
forgetDoors();
all("form[method=post]").forEach(preventDoubleSubmit);
all("[data-local-time]").forEach(showLocalTime);
all("[data-copy]").forEach(offerCopy);
all("[data-guests]").forEach(revealGuests);
all("[data-suggest-end]").forEach(suggestEnd);
window.addEventListener("pageshow", allowSubmitAgain);
