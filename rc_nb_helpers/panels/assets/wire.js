// The part that shows what goes over the wire: three lanes, an arrow for each message, and below (or beside) them the
// message that was chosen. (Parts use what panel.js has: they become one module with it.)
//
// The messages come with the news, and only those that are new or have changed. Choosing one asks nobody: all that is
// shown of it is here already.

const LANES = ["notebook", "browser", "server"];
const TABS = [["http", "HTTP"], ["curl", "curl"], ["python", "Python"]];
const PLACES = {
  parameter: say("wire.parameter"),
  header: say("wire.header"),
  "answer-header": say("wire.answer-header"),
  "answer-field": say("wire.answer-field"),
};
const MOST_LIT = 20;
const SHOWN = ".rc-login[open] .rc-message:not(.rc-earlier:not([open]) *)"; // what is not folded away

function wire({ root, send }) {
  const reader = `${Math.random()}`.slice(2); // this drawing, among others of the panel
  const group = `rc-wire-${reader}`; // for ids, which have to be different on a page
  const fold = element("button", "rc-fold", root, say("wire.what-happened"));
  fold.type = "button";
  const box = element("div", "rc-wire", root);
  box.id = group;
  fold.setAttribute("aria-controls", box.id);
  const picture = element("div", "rc-picture", box);
  element("p", "rc-note", picture, say("wire.legend"));
  const nothing = element("p", "rc-note", picture, say("wire.nothing"));
  const frame = element("div", "rc-passed", picture);
  const heads = element("div", "rc-heads", frame);
  heads.setAttribute("aria-hidden", "true"); // each message names them
  const names = LANES.map((lane) => element("b", `rc-${lane}`, heads));
  const logins = element("div", "", frame);
  const current = element("div", "", logins);
  const earlier = element("details", "rc-earlier", logins);
  earlier.hidden = true; // until there are some
  const earlierTitle = element("summary", "", earlier);
  const others = element("div", "", earlier);
  const spoken = element("p", "rc-unseen", picture); // for a screen reader: what has just passed
  spoken.setAttribute("aria-live", "polite");
  const detail = element("div", "rc-message-detail", box);
  detail.setAttribute("role", "region");
  detail.setAttribute("aria-label", say("wire.chosen"));

  let unfolded = false; // by the person, where it can be folded
  let told = false; // Python knows that it is looked at
  let fresh = true; // nothing has come yet since then
  let chosen = ""; // the key of a message
  let tab = "http";
  let newest = -1; // login
  const rows = new Map(); // key: { item, face, its parts, seen }
  const groups = new Map(); // login: { box, title, list }

  fold.addEventListener("click", () => {
    unfolded = !unfolded;
    show(true, true);
  });

  function draw(view) {
    show(!!view.wire, view.wire === "fold");
  }

  function show(there, folds) {
    const open = there && (!folds || unfolded);
    fold.hidden = !there || !folds;
    fold.setAttribute("aria-expanded", String(open));
    box.hidden = !open;
    if (open === told) return;
    told = open;
    fresh = true;
    if (open) send({ unfold: reader });
    else send({ fold: reader });
  }

  function hear(message) {
    if (message?.roll_call && told && root.isConnected) send({ unfold: reader });
    const traffic = message?.wire;
    if (!traffic || !told) return;
    [say("wire.notebook"), say("wire.browser"), traffic.server].forEach((name, lane) => setText(names[lane], name));
    const hadFocus = logins.contains(document.activeElement);
    const changed = new Map(traffic.rows.map((seen) => [seen.key, seen]));
    for (const key of rows.keys()) if (!traffic.order.includes(key)) forget(key);
    const counts = new Map();
    for (const key of traffic.order) {
      const seen = changed.get(key) || rows.get(key)?.seen;
      if (!seen) {
        send({ unfold: reader }); // something was missed: then all of it is told again
        continue;
      }
      const number = (counts.get(seen.login) || 0) + 1;
      counts.set(seen.login, number);
      place(seen, number, changed.has(key));
    }
    for (const [login, each] of groups) {
      if (counts.has(login)) continue;
      each.box.remove();
      groups.delete(login);
    }
    // When a new login comes, it opens, and those before it are folded: one stop for the keyboard, however many they are.
    if (counts.size && Math.max(...counts.keys()) !== newest) {
      newest = Math.max(...counts.keys());
      for (const [login, each] of groups) each.box.open = login === newest;
    }
    arrange();
    nothing.hidden = rows.size > 0;
    if (!rows.has(chosen)) chosen = "";
    const first = logins.querySelector(SHOWN);
    for (const row of rows.values()) row.face.tabIndex = (chosen ? row.seen.key === chosen : row.face === first) ? 0 : -1;
    if (hadFocus && !logins.contains(document.activeElement)) (rows.get(chosen)?.face || first || root).focus();
    if (!fresh && changed.size) {
      speak([...changed.keys()]);
      if (changed.size <= MOST_LIT) light([...changed.keys()].map((key) => rows.get(key)).filter(Boolean));
      if (!hadFocus && !frame.matches(":hover")) follow(rows.get([...changed.keys()].pop()));
    }
    if (fresh || changed.has(chosen) || !chosen) drawDetail();
    fresh = false;
  }

  function speak(keys) {
    const lines = keys.map((key) => rows.get(key)?.seen.line).filter(Boolean);
    setText(spoken, lines.length > 2 ? say("wire.have-passed", { count: lines.length }) : lines.join(" "));
  }

  // The list scrolls to what has just passed, unless somebody reads in it. The page stays where it is.
  function follow(row) {
    const below = row ? row.item.getBoundingClientRect().bottom - frame.getBoundingClientRect().bottom : 0;
    if (below > 0) frame.scrollTop += below + 4;
  }

  function forget(key) {
    rows.get(key).item.remove();
    rows.delete(key);
  }

  // Puts a message at its place in its login, and draws it if it is new or has changed.
  function place(seen, number, isNew) {
    const home = groupOf(seen.login);
    const row = rows.get(seen.key) || makeRow(seen.key);
    rows.set(seen.key, row);
    row.seen = seen;
    const stands = home.list.children[number - 1];
    if (stands !== row.item) home.list.insertBefore(row.item, stands || null);
    setText(row.line, `${number}. ${seen.line}${seen.times && `, ${seen.times}`}`);
    setText(row.label, `${number}. ${seen.label}`);
    if (!isNew) return;
    setText(row.how, seen.how);
    setText(row.times, seen.times);
    const problem = seen.problem;
    setText(row.happened, problem ? say("wire.problem", { problem: problem.text }) : "");
    setText(row.why, problem?.why);
    setText(row.cure, problem?.cure);
    if (row.section.dataset.wanted !== (problem?.section || "")) {
      row.section.dataset.wanted = problem?.section || "";
      row.section.replaceChildren();
      if (problem?.section) leadBeside(element("span", "", row.section, say("panel.in-the-course")), problem.section, problem.link);
    }
    row.problem.hidden = !problem;
    for (const [name, value] of [["from", seen.sender], ["to", seen.receiver], ["state", seen.state]]) row.item.dataset[name] = value;
    row.item.dataset.way = seen.through ? "through" : "behind";
    row.item.classList.toggle("rc-dashed", seen.unseen || seen.state === "expected");
    row.item.classList.toggle("rc-answered", seen.state === "answered" || seen.state === "failed");
  }

  // It lights up as it passes; a flood does not.
  function light(lit) {
    for (const row of lit) row.item.classList.remove("rc-passes");
    void frame.offsetWidth; // so that each begins anew
    for (const row of lit) row.item.classList.add("rc-passes");
  }

  // The newest login is on top.
  function arrange() {
    const sorted = [...groups.keys()].sort((one, other) => other - one);
    sorted.forEach((login, index) => {
      const { box } = groups.get(login);
      const home = index ? others : current;
      const stands = home.children[Math.max(index - 1, 0)];
      if (box !== stands) home.insertBefore(box, stands || null);
    });
    earlier.hidden = sorted.length < 2;
    setText(earlierTitle, say("wire.earlier", { count: sorted.length - 1 }));
  }

  function groupOf(login) {
    if (groups.has(login)) return groups.get(login);
    const made = element("details", "rc-login");
    element("summary", "", made, login ? say("wire.login", { number: login }) : say("wire.without-login"));
    groups.set(login, { box: made, list: element("ol", "", made) });
    return groups.get(login);
  }

  function makeRow(key) {
    const item = element("li");
    const face = element("button", "rc-message", item);
    face.type = "button";
    face.addEventListener("click", () => choose(key));
    const line = element("span", "rc-unseen", face);
    const label = hidden(element("span", "rc-label", face));
    const words = hidden(element("span", "rc-note", face));
    const how = element("span", "", words);
    const times = element("span", "rc-times", words);
    const strip = hidden(element("i", "rc-strip", face));
    for (const lane of LANES) element("i", `rc-lane rc-${lane}`, strip);
    element("i", "rc-out", strip);
    element("i", "rc-reply", strip);
    const problem = element("div", "rc-problem", item);
    const happened = element("strong", "", problem);
    const why = element("p", "", problem);
    const cure = element("p", "rc-cure", problem);
    const section = element("p", "rc-note", problem);
    item.addEventListener("animationend", () => item.classList.remove("rc-passes"));
    return { item, face, line, label, how, times, problem, happened, why, cure, section };
  }

  function hidden(made) {
    made.setAttribute("aria-hidden", "true");
    return made;
  }

  function choose(key) {
    chosen = key;
    for (const row of rows.values()) {
      const isIt = row.seen.key === key;
      row.face.tabIndex = isIt ? 0 : -1;
      if (isIt) row.face.setAttribute("aria-current", "true");
      else row.face.removeAttribute("aria-current");
    }
    drawDetail();
  }

  logins.addEventListener("keydown", (event) => {
    const all = [...logins.querySelectorAll(SHOWN)];
    const at = all.indexOf(event.target);
    const steps = { ArrowDown: at + 1, ArrowRight: at + 1, ArrowUp: at - 1, ArrowLeft: at - 1, Home: 0, End: all.length - 1 };
    const next = all[steps[event.key]];
    if (at < 0 || !next) return;
    event.preventDefault(); // the page stays where it is
    next.focus();
    next.click();
  });
  // The arrows go through what is open; so does the one place that Tab reaches.
  logins.addEventListener("toggle", () => rows.size && !logins.querySelector(`${SHOWN}[tabindex='0']`) && reach(), true);

  function reach() {
    const first = logins.querySelector(SHOWN);
    if (first) first.tabIndex = 0;
  }

  // --- the chosen message

  const choosing = element("p", "rc-note", detail, say("wire.choose"));
  const about = element("div", "", detail);
  about.hidden = true; // until a message is chosen
  const headline = element("p", "rc-headline", about);
  const tabs = element("div", "rc-tabs", about);
  tabs.setAttribute("role", "tablist");
  tabs.setAttribute("aria-label", say("wire.message-as"));
  const copy = element("button", "rc-copy", about, say("panel.copy"));
  copy.type = "button";
  const text = element("pre", "", about);
  text.id = `${group}-text`;
  text.tabIndex = 0;
  text.setAttribute("role", "tabpanel");
  const tabButtons = TABS.map(([id, label]) => {
    const made = element("button", "", tabs, label);
    made.type = "button";
    made.id = `${group}-${id}`;
    made.setAttribute("role", "tab");
    made.setAttribute("aria-controls", text.id);
    made.addEventListener("click", () => {
      tab = id;
      drawDetail();
    });
    return made;
  });
  const inside = element("p", "rc-inside", about, say("wire.inside"));
  const meanings = element("ul", "rc-meanings", about);

  tabs.addEventListener("keydown", (event) => {
    const all = tabButtons.filter((made) => !made.hidden);
    const at = all.indexOf(event.target);
    const steps = { ArrowRight: (at + 1) % all.length, ArrowLeft: (at + all.length - 1) % all.length, Home: 0, End: all.length - 1 };
    const next = all[steps[event.key]];
    if (!next) return;
    event.preventDefault();
    next.focus();
    next.click();
  });
  copy.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(text.textContent);
    } catch {
      getSelection().selectAllChildren(text);
      document.execCommand("copy");
    }
    setText(copy, say("panel.copied"));
    setTimeout(() => setText(copy, say("panel.copy")), 2000);
  });

  function drawDetail() {
    const seen = rows.get(chosen)?.seen;
    choosing.hidden = !!seen || !rows.size;
    about.hidden = !seen;
    if (!seen) return;
    setText(headline, seen.line);
    const texts = { http: seen.http, curl: seen.curl, python: seen.python };
    if (!texts[tab]) tab = "http";
    TABS.forEach(([id], index) => {
      tabButtons[index].hidden = !texts[id];
      tabButtons[index].setAttribute("aria-selected", String(id === tab));
      tabButtons[index].tabIndex = id === tab ? 0 : -1;
      if (id === tab) text.setAttribute("aria-labelledby", tabButtons[index].id);
    });
    setText(text, texts[tab]);
    const wanted = JSON.stringify(seen.meanings);
    inside.hidden = meanings.hidden = !seen.meanings.length;
    if (meanings.dataset.wanted === wanted) return;
    meanings.dataset.wanted = wanted;
    meanings.replaceChildren();
    for (const meant of seen.meanings) drawMeaning(meant);
  }

  function drawMeaning(meant) {
    const item = element("li", "", meanings);
    const name = element("p", "", item);
    element("code", "rc-name", name, meant.name);
    element("span", "rc-note", name, ` ${PLACES[meant.place]}: `);
    element("code", "rc-value", name, meant.value);
    element("p", "", item, meant.purpose || say("wire.unknown"));
    if (meant.protects) {
      const shield = element("p", "", item);
      element("b", "", shield, say("panel.protects"));
      element("span", "", shield, meant.protects);
    }
    if (!meant.link.startsWith("https://")) return;
    const more = element("p", "", item);
    leadTo(more, meant.source, meant.link);
    more.append(" · ");
    leadBeside(more, say("panel.glossary"), `glossary.ipynb#${meant.place.includes("header") ? meant.name.toLowerCase() : meant.name}`);
  }

  return { draw, hear, leave: () => told && send({ fold: reader }) };
}
