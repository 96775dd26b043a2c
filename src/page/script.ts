/**
 * The script of the pages. Everything works without it: it filters while a person
 * types, and takes over what changed when the server reports it.
 */
export const SCRIPT = `
"use strict";
const find = (selector, from = document) => from.querySelector(selector);
const said = find("#said");
let last = 0;
let version = find("main").dataset.version;

// What the server sent, before a person opened rows in it.
const sent = new WeakMap();

// A part whose text ages says by itself when it changed.
const mark = (area) => area.dataset.version ?? area.outerHTML;

function dress(area) {
  sent.set(area, mark(area));
  for (const one of area.querySelectorAll("[data-age], [data-left]")) {
    const { age, left } = one.dataset;
    const from = performance.now();
    const tick = () => {
      if (!one.isConnected && performance.now() - from > 2000) return;
      const passed = performance.now() - from;
      const time = age === undefined ? Number(left) - passed : Number(age) + passed;
      one.textContent = Math.max(0, Math.ceil(time / 1000)) + " s";
      setTimeout(tick, 1000);
    };
    tick();
  }
  for (const box of navigator.clipboard ? area.querySelectorAll("[data-copy]") : []) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = "Copy";
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(find("code", box).textContent);
      said.textContent = "Copied";
    });
    box.append(button);
  }
}

async function take() {
  const turn = ++last;
  const response = await fetch(location.href, {
    headers: { accept: "text/html", "x-live": "1" },
  });
  if (turn !== last) return;
  if (response.status === 401) return location.reload();
  if (!response.ok) return;
  const next = new DOMParser().parseFromString(await response.text(), "text/html");
  if (turn !== last) return;
  version = find("main", next).dataset.version;
  for (const old of document.querySelectorAll("[data-live]")) {
    const now = find('[data-live="' + old.dataset.live + '"]', next);
    if (!now || mark(now) === sent.get(old)) continue;
    const at = document.activeElement;
    const row = old.contains(at) ? at.closest("[id]") : null;
    const all = "a, button, summary, input";
    const place = row ? [...row.querySelectorAll(all)].indexOf(at) : -1;
    const open = [...old.querySelectorAll("details[open]")].map((one) => one.id);
    document.adoptNode(now);
    dress(now);
    for (const one of now.querySelectorAll("details")) {
      if (open.includes(one.id)) one.open = true;
    }
    old.replaceWith(now);
    const again = row && document.getElementById(row.id);
    if (again) (again.querySelectorAll(all)[place] ?? find(all, again))?.focus();
  }
}

document.querySelectorAll("[data-live]").forEach(dress);

const form = find("form.filter");
if (form) {
  let timer;
  const filter = () => {
    const query = new URLSearchParams(new FormData(form));
    for (const [name, value] of [...query]) if (value === "") query.delete(name);
    history.replaceState(null, "", "?" + query);
    take().then(() => { said.textContent = find("#found")?.textContent ?? ""; });
  };
  form.addEventListener("submit", (event) => { event.preventDefault(); filter(); });
  form.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(filter, 200);
  });
}

if (find("section[data-live]")) {
  const follow = () => {
    const source = new EventSource("?events");
    // Changes may have been missed before, or while the server was away.
    source.addEventListener("begin", ({ data }) => { if (data !== version) take(); });
    source.addEventListener("change", async ({ data }) => {
      await take();
      said.textContent = "Changed: " + JSON.parse(data).join(", ");
    });
    source.addEventListener("error", () => {
      if (source.readyState !== EventSource.CLOSED) return;
      // The session ended, or too many browsers are connected.
      take();
      setTimeout(follow, 30000);
    });
    // A page that left the screen must not keep a place.
    addEventListener("pagehide", () => source.close(), { once: true });
  };
  addEventListener("pageshow", ({ persisted }) => { if (persisted) { take(); follow(); } });
  follow();
}
`;
