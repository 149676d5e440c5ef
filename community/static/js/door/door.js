/* The door without a network: the page keeps the list and the presses, and sends them when it can.
   Without this file the page works by its forms. */
"use strict";

(() => {
  const root = document.getElementById("door");
  if (!root) return;

  const PATIENCE = 8000; // a dead network often says nothing
  const EVERY = 10000; // how often the other doors are looked at
  const CSRF_LASTS = 20 * 60000;
  const MOST = 50;
  const language = document.documentElement.lang || undefined;
  const find = (selector, within = root) => within.querySelector(selector);
  const search = find("input[name=q]");
  const found = find("[data-found]");
  const news = find("[data-news]");

  /* What this phone keeps for the event. Another tab may have written: read before each change. */
  const name = `door:${root.dataset.event}`;
  let memory = null; // where the browser keeps nothing
  const kept = () => {
    let state = null;
    try {
      state = JSON.parse(localStorage.getItem(name));
    } catch {
      // Forbidden.
    }
    state ||= memory || { heads: null, queue: [], refused: [] };
    if (state.heads === 0) state.heads = memory && memory.heads; // there was no room for them
    return state;
  };
  const keep = (change, needed = true) => {
    const now = Object.assign(kept(), { until: Date.parse(root.dataset.until), page: location.pathname });
    change(now);
    memory = now;
    if (stored(now) || stored({ ...now, heads: 0 }) || !needed) return;
    try {
      localStorage.removeItem(name); // what is older must not hide what lasts as long as the page
    } catch {
      // Forbidden.
    }
  };
  const stored = (state) => {
    try {
      localStorage.setItem(name, JSON.stringify(state));
      return true;
    } catch {
      return false; // full, or forbidden
    }
  };

  const heard = new Set(); // keys of presses that were sent from this page
  let offline = false;
  let signedOut = false;
  let csrf = find("input[name=csrf_token]")?.value || ""; // of the page's own forms
  let csrfAt = -CSRF_LASTS;
  let skew = kept().skew || 0; // how far this phone's clock is behind the server's, if it is wrong
  let chosen = Number(root.dataset.chosen) || 0;
  let unchecked = false;
  let stays = root.dataset.stays === "yes"; // what the server said of a code, until somebody types

  const words = Object.fromEntries(
    [...document.getElementById("door-words").content.querySelectorAll("[data-word]")].map((one) => [
      one.dataset.word,
      one.textContent.trim(),
    ]),
  );
  const say = (word, values) => words[word].replace(/\{(\w+)\}/g, (_, key) => values[key] ?? "");
  const number = (value) => value.toLocaleString(language);
  const fold = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
  const clock = (at) => {
    const style = { hour: "numeric", minute: "2-digit" };
    try {
      return new Date(at).toLocaleTimeString(language, { ...style, timeZone: root.dataset.zone });
    } catch {
      return new Date(at).toLocaleTimeString(language, style);
    }
  };

  /* A head as it stands with what was pressed here and has not been sent. */
  function standing(head, queue) {
    const mine = queue.filter((press) => press.head === head.id);
    const last = mine[mine.length - 1];
    if (!last || (last.way === "in" && head.at && head.at <= last.at)) return { ...head, unsent: false };
    return last.way === "in"
      ? { ...head, at: last.at, by: "", unsent: true }
      : { ...head, at: "", by: "", unsent: false };
  }

  function press(heads, way) {
    const at = new Date(Date.now() + skew).toISOString();
    keep((state) => {
      for (const id of heads) {
        const waiting = state.queue.find(
          (one) => one.head === id && one.way === "in" && !one.tried && !heard.has(one.key),
        );
        if (way === "out" && waiting) {
          state.queue = state.queue.filter((one) => one !== waiting); // nobody has heard of it
          const head = state.heads.find((one) => one.id === id);
          if (!head || !head.at) continue;
        }
        state.queue.push({ key: drawn(), head: id, way, at });
      }
    });
    show();
    send();
  }

  function drawn() {
    return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  }

  /* The network. */
  async function ask(address, options = {}) {
    const given = { credentials: "same-origin", cache: "no-store", redirect: "manual", ...options };
    let answer;
    try {
      answer = await fetch(address, { ...given, signal: AbortSignal.timeout(PATIENCE) });
    } catch {
      offline = true;
      return null;
    }
    offline = answer.status >= 500;
    // Led to sign in, or this door is not theirs any more.
    signedOut = answer.type === "opaqueredirect" || [401, 404].includes(answer.status);
    if (signedOut) forgetList();
    return answer;
  }

  const stamp = (at) => at && new Date(at).toISOString();
  let sent = 0; // batches: a list that was asked for before one of them is out of date

  async function load() {
    const [before, asked] = [sent, Date.now()];
    const answer = await ask(root.dataset.heads);
    if (!answer || !answer.ok) return false;
    try {
      const facts = await answer.json();
      [csrf, csrfAt] = [facts.csrf, Date.now()];
      const behind = Date.parse(facts.now) - (asked + csrfAt) / 2;
      // Less is the way that the answer took: phones that are right must stay comparable.
      skew = Math.abs(behind) > 5000 + csrfAt - asked ? behind : 0;
      const heads = facts.heads.map((head) => ({ ...head, at: stamp(head.at) }));
      keep((state) => Object.assign(state, before === sent ? { heads, skew } : { skew }));
      return true;
    } catch {
      offline = true; // cut off half-way
      return false;
    }
  }

  let busy = false;
  let again = false;
  async function send() {
    if (busy) {
      again = true;
      return;
    }
    busy = true;
    try {
      do {
        again = false;
        const wasOffline = offline;
        if (Date.now() - csrfAt > CSRF_LASTS && !(await load())) break;
        if (!(await sendSome())) break;
        if (wasOffline) await load(); // what the other doors did meanwhile
      } while (again || kept().queue.length);
    } finally {
      busy = false;
      show();
    }
  }

  /* The server may have heard of these. Where the phone is full they are worth more than the mark. */
  function tried(batch) {
    for (const one of batch) heard.add(one.key);
    keep((state) => state.queue.filter((one) => heard.has(one.key)).forEach((one) => (one.tried = true)), false);
  }

  function bodyOf(batch) {
    const presses = JSON.stringify(batch.map(({ key, head, way, at }) => ({ key, head, way, at })));
    return new URLSearchParams({ csrf_token: csrf, presses });
  }

  /* Who presses and goes on at once takes the page away from under its request: this one outlives
     the page. Nobody reads its answer; the press stays kept, and is sent again by its key. */
  function sendLast() {
    const batch = kept().queue.slice(0, 100);
    if (!batch.length || !csrf || signedOut) return;
    tried(batch);
    navigator.sendBeacon(root.dataset.presses, bodyOf(batch));
  }

  async function sendSome() {
    const batch = kept().queue.slice(0, 100);
    if (!batch.length) return true;
    if (!navigator.onLine) {
      offline = true;
      return false;
    }
    tried(batch);
    const answer = await ask(root.dataset.presses, { method: "POST", body: bodyOf(batch) });
    if (!answer || signedOut) return false;
    if (!answer.ok) {
      if (answer.status === 403) csrfAt = -CSRF_LASTS; // another one next time
      if (answer.status === 422) {
        const { error } = await answer.json();
        keep((state) => (state.refused = [...new Set([...state.refused, error])]));
      }
      return false;
    }
    const outcomes = (await answer.json()).presses;
    sent += 1;
    keep((state) => {
      for (const outcome of outcomes) {
        const pressed = state.queue.find((one) => one.key === outcome.key);
        const head = pressed && state.heads && state.heads.find((one) => one.id === pressed.head);
        if (head && !outcome.refused) Object.assign(head, { at: stamp(outcome.at), by: outcome.by });
        if (pressed && outcome.refused) {
          state.refused.push(say("refused", { name: head ? head.name : "", why: outcome.refused }));
        }
      }
      const done = new Set(outcomes.map((outcome) => outcome.key));
      state.queue = state.queue.filter((one) => !done.has(one.key));
      state.refused = [...new Set(state.refused)].slice(-20);
    });
    return true;
  }

  function forgetList() {
    // Names are for who is signed in; presses name nobody.
    keep((state) => Object.assign(state, { heads: null, refused: [] }));
    if (window.caches) caches.keys().then((all) => all.forEach((one) => caches.delete(one)));
  }

  /* What is seen. */
  function show() {
    const state = kept();
    showNews(state);
    if (!state.heads) {
      if (signedOut) found.replaceChildren();
      return;
    }
    const heads = state.heads.map((head) => standing(head, state.queue));
    const inside = heads.filter((head) => head.at).length;
    const count = say("count", { inside: number(inside), expected: number(heads.length) });
    const line = find("[data-count]");
    if (line.textContent.trim() !== count) line.textContent = count;
    if (!stays) showFound(heads);
    showLast(heads);
  }

  function showNews(state) {
    const lines = [];
    if (signedOut) lines.push(["warning", say("signed-out")]);
    else if (offline) lines.push(["warning", say("offline")]);
    if (state.queue.length && (offline || signedOut)) {
      lines.push(["", say("unsent", { n: number(state.queue.length) })]);
    }
    if (unchecked) lines.push(["warning", say("unchecked")]);
    for (const text of state.refused) lines.push(["danger", text]);
    const wanted = lines.map(([, text]) => text).join("\n");
    if (news.dataset.shown === wanted) return; // a screen reader hears what is new, once
    news.dataset.shown = wanted;
    news.replaceChildren(
      ...lines.map(([tone, text]) => {
        const line = document.createElement("p");
        line.className = `notice ${tone}`.trim();
        line.textContent = text;
        return line;
      }),
    );
    if (state.refused.length) news.append(dismiss());
  }

  function dismiss() {
    const button = document.getElementById("door-seen").content.firstElementChild.cloneNode(true);
    button.addEventListener("click", () => {
      keep((state) => (state.refused = []));
      show();
    });
    return button;
  }

  function showFound(heads) {
    const parts = fold(search.value).split(/\s+/).filter(Boolean);
    const party = chosen && heads.find((head) => head.id === chosen)?.party;
    const fits = (head) => {
      if (party) return head.party === party;
      const text = fold(`${head.name}\n${head.with}`);
      return parts.every((part) => text.includes(part));
    };
    const fitting = heads.filter(fits).sort((one, other) => (other.id === chosen) - (one.id === chosen));
    const list = document.createElement("ul");
    list.className = "door-list";
    list.setAttribute("aria-label", root.dataset.expected);
    const had = document.activeElement?.dataset?.button;
    list.append(...fitting.slice(0, MOST).map((head) => row(head, heads)));
    const rest = [];
    if (!fitting.length) rest.push(note(parts.length || chosen ? "nobody" : "empty", "notice"));
    if (fitting.length > MOST) rest.push(note("more", "soft"));
    found.replaceChildren(list, ...rest);
    find("[data-everybody]").hidden = !(parts.length || chosen);
    if (had) (find(`[data-button="${had}"]`, found) || find(`[data-row="${had.split(" ")[1]}"] button`, found))?.focus();
  }

  function note(word, look) {
    const line = document.createElement("p");
    line.className = look;
    line.textContent = say(word);
    return line;
  }

  function row(head, heads) {
    const item = document.getElementById("door-row").content.firstElementChild.cloneNode(true);
    const outside = heads.filter((one) => one.party === head.party && !one.at);
    const values = { name: head.with, time: head.at ? clock(head.at) : "", by: head.by };
    item.dataset.row = head.id;
    if (head.id === chosen) item.classList.add("chosen");
    for (const one of item.querySelectorAll("[data-name]")) one.textContent = head.name;
    fill(item, "with", head.with, { name: head.with });
    fill(item, "since", head.at && !head.unsent, values);
    fill(item, "unsent", head.unsent, values);
    fill(item, "by", head.at && head.by, { name: head.by });
    const all = !head.at && outside.length > 1 && (!head.with || head.id === chosen);
    fill(item, "all", all, { n: number(outside.length), name: head.with || head.name });
    act(item, "in", !head.at, head, () => press([head.id], "in"));
    act(item, "all", all, head, () => press(outside.map((one) => one.id), "in"));
    act(item, "out", head.at, head, () => press([head.id], "out"));
    return item;
  }

  /* Takes a piece of the row away, or fills in its words. */
  function fill(item, mark, wanted, values) {
    const piece = item.querySelector(`[data-${mark}]`);
    if (!wanted) {
      piece.remove();
      return;
    }
    const texts = document.createTreeWalker(piece, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
      texts.currentNode.data = texts.currentNode.data.replace(/\{(\w+)\}/g, (_, key) => values[key] ?? "");
    }
  }

  function act(item, mark, wanted, head, pressed) {
    const button = item.querySelector(`[data-${mark}]`);
    if (!button) return;
    if (!wanted) {
      button.remove();
      return;
    }
    button.dataset.button = `${mark} ${head.id}`;
    button.addEventListener("click", pressed);
  }

  function showLast(heads) {
    const place = find("[data-last]");
    const last = heads.filter((head) => head.at).sort((one, other) => (one.at < other.at ? 1 : -1));
    place.hidden = !last.length || Boolean(search.value || chosen || stays);
    const list = find("ul", place);
    list.replaceChildren(
      ...last.slice(0, 4).map((head) => {
        const item = row({ ...head, party: 0, with: "" }, []);
        item.querySelectorAll("button").forEach((button) => button.remove());
        return item;
      }),
    );
  }

  /* A code that cannot be sent: it begins with the number of the head (see rsvp/codes.py). */
  function headOf(code) {
    const digits = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    const typed = code.toUpperCase().replace(/[-\s]/g, "").replace(/[IL]/g, "1").replace(/O/g, "0");
    if (typed.length < 13 || typed.length > 19 || [...typed].some((letter) => !digits.includes(letter))) return 0;
    return [...typed.slice(0, -12)].reduce((sum, letter) => sum * 32 + digits.indexOf(letter), 0);
  }

  function look() {
    [stays, unchecked, chosen] = [false, false, 0];
    const head = headOf(search.value);
    if (head && (kept().heads || []).some((one) => one.id === head)) [chosen, unchecked] = [head, true];
    show();
  }

  search.addEventListener("input", () => {
    if (kept().heads && !headOf(search.value)) look();
  });
  search.form.addEventListener("submit", (event) => {
    const isCode = headOf(search.value);
    if (!kept().heads || (isCode && !offline)) return; // the server checks codes
    event.preventDefault();
    delete search.form.dataset.sent; // site.js: it was not sent
    for (const button of search.form.elements) button.removeAttribute("aria-disabled");
    look();
    if (!isCode) find("button[data-in]", found)?.focus();
  });
  find("[data-everybody]").addEventListener("click", (event) => {
    if (!kept().heads) return;
    event.preventDefault();
    search.value = "";
    look();
    search.focus();
  });
  window.addEventListener("online", send);
  window.addEventListener("storage", show);
  window.addEventListener("pagehide", sendLast);
  document.addEventListener("visibilitychange", () => (document.hidden ? sendLast() : refresh()));

  async function refresh() {
    if (document.hidden || busy) return;
    await load();
    if (kept().queue.length && !offline && !signedOut) await send();
    else show();
  }

  /* A page out of the worker's cache is of another moment, and perhaps of another code. */
  const asked = new URLSearchParams(location.search).get("code");
  if (root.dataset.code !== undefined && asked && asked !== root.dataset.code) {
    search.value = asked;
    look();
  }
  show();
  refresh();
  setInterval(refresh, EVERY);
  if (navigator.serviceWorker) {
    navigator.serviceWorker.register(root.dataset.worker, { scope: location.pathname }).catch(() => {});
  }
})();
