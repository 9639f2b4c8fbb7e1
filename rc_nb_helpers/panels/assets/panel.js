// Draws a panel from the data that Python sends, and tells Python what was pressed. view.py has the contract: every
// key that is read here stands there, and the other way round (a test compares them by the names used here: view,
// said, explained, cause, button, choice, way, check, details, result, message, and more in the parts).
//
// What only some panels have are parts in files of their own; base.py puts them in front of this one, as PARTS, and in
// front of all SENTENCES, with what they say: by id, as in sentences/panels.py.
//
// Every text is set with textContent, so nothing that comes from a server can become markup.
// Elements stay in place and only their texts change: the keyboard focus survives, and a screen reader
// hears the status when it changes. For the same reason a button that waits is not disabled, which would
// take the focus from it, but marked as such.

const POPUP_NAME = "rc-login";
const BUSY_AFTER = 1000;
const STUCK_AFTER = 15000;
const SILENT_AFTER = 2000;
const PROBE_WITHIN = 5000;

const GONE = { kind: "error", text: say("panel.gone"), why: say("panel.gone-why"), cure: say("panel.gone-cure") };
const SILENT = { kind: "info", text: say("panel.silent"), why: say("panel.silent-why"), cure: say("panel.silent-cure") };
const MARKS = { ok: "✓", error: "✕", working: "…", info: "i" };
const WORDS = { ok: say("panel.done"), error: say("panel.problem"), working: say("panel.in-progress"), info: "" };

// A sentence by its id, with what stands in it for {name}.
function say(id, fields = {}) {
  return SENTENCES[id].replace(/\{(\w+)\}/g, (_, name) => fields[name]);
}

function leadTo(parent, text, url) {
  const out = element("a", "", parent, text);
  out.href = url;
  out.target = "_blank";
  out.rel = "noopener noreferrer";
}

// Where the page's address ends with this notebook's path, as in JupyterLab and Notebook 7, the other one is beside it.
function leadBeside(parent, text, notebook) {
  if (/\/(tree|notebooks)\//.test(location.pathname)) leadTo(parent, text, new URL(notebook, location.href));
  else parent.append(text);
}

function element(tag, className, parent, text) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  parent?.append(made);
  return made;
}

function setText(target, text = "") {
  if (target.textContent !== text) target.textContent = text;
}

function time(epochSeconds) {
  const moment = new Date(epochSeconds * 1000);
  const today = moment.toDateString() === new Date().toDateString();
  const clock = moment.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
  return today ? clock : `${moment.toLocaleDateString([], { day: "numeric", month: "long" })}, ${clock}`;
}

// How long something still lasts, for the eye.
function span(seconds) {
  const whole = Math.ceil(seconds);
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor((whole % 3600) / 60);
  const days = Math.floor(hours / 24);
  if (days >= 2) return hours % 24 ? say("span.days-and-hours", { days, hours: hours % 24 }) : say("span.days", { days });
  if (hours) return minutes ? say("span.hours-and-minutes", { hours, minutes }) : say("span.hours", { hours });
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

// Whether this browser reaches an address. Of the answer nothing can be read (no-cors), only that there is one; cookies
// and this page's address stay at home.
async function reaches(url) {
  const signal = AbortSignal.timeout(PROBE_WITHIN);
  try {
    await fetch(url, { mode: "no-cors", cache: "no-store", credentials: "omit", referrerPolicy: "no-referrer", signal });
    return true;
  } catch {
    return false;
  }
}

function isThisComputer(url) {
  return ["localhost", "127.0.0.1", "[::1]"].includes(new URL(url).hostname);
}

function openPopup(url) {
  const [width, height] = [800, 720];
  const left = Math.max(0, window.screenX + (window.outerWidth - width) / 2);
  const top = Math.max(0, window.screenY + (window.outerHeight - height) / 2);
  return window.open(url, POPUP_NAME, `popup,width=${width},height=${height},left=${left},top=${top}`);
}

// What runs a cell, here as in any output: Enter with Shift, Ctrl or Alt. No button or field has a use for it.
function runsCell(event) {
  return event.key === "Enter" && (event.shiftKey || event.ctrlKey || event.metaKey || event.altKey);
}

// Whether a key belongs to the panel that has the focus, and not to the notebook. Plain keys do: the arrows would leave the
// panel, and "d d" would delete its cell. Of those with Ctrl or Cmd, what edits a text there would edit the notebook's cells
// here. All else is the application's: save, find, the list of commands, the side bars.
function isThePanels(event) {
  if (runsCell(event) || event.key === "Escape") return false;
  const isChord = (event.ctrlKey || event.metaKey) && !event.altKey; // with Alt as well it may be AltGr, which writes
  if (!isChord) return true;
  const key = (event.key > "~" ? event.code.replace("Key", "") : event.key).toLowerCase(); // not all keyboards write Latin
  return /^(arrow.*|backspace|delete|home|end|m|z)$/.test(key) || (!event.shiftKey && /^[acvxy]$/.test(key));
}

// What the blank window says until the notebook answers. After the sign-in page has been in it, it is
// another site's window and not ours to write into.
function writeInto(popup, text) {
  try {
    popup.document.title = say("login.window");
    popup.document.body.style.cssText = "font: 17px/1.5 system-ui, sans-serif; margin: 3em; color-scheme: light dark";
    popup.document.body.textContent = text;
  } catch {
    // Another site's window.
  }
}

function render({ model, el }) {
  const root = element("section", "rc-panel", el);
  root.tabIndex = -1; // where the focus goes when the button that had it is no more
  // JupyterLab, nbclassic and VS Code listen further out. Notebook 7 looks before the key gets here, and for a mark on the
  // very element that has the focus: one further out comes too late for a selector such as ":focus".
  const markKey = (event) =>
    root.contains(event.target) && event.target.toggleAttribute("data-lm-suppress-shortcuts", isThePanels(event));
  root.addEventListener("keydown", (event) => isThePanels(event) && event.stopPropagation());
  // Last of all, because JupyterLab does nothing with a key that somebody has taken. A link would open a window, a button
  // would be pressed.
  const passOver = (event) => root.contains(event.target) && runsCell(event) && event.preventDefault();
  const title = element("p", "rc-title", root);
  const choices = element("fieldset", "rc-choices", root);
  element("legend", "", choices, say("login.where"));
  const choiceList = element("div", "rc-choice-list", choices);
  const choicesNote = element("p", "rc-note", choices);
  const choiceGroup = `rc-environment-${Math.random()}`;

  const status = element("div", "rc-status", root);
  const mark = element("span", "rc-mark", status);
  mark.setAttribute("aria-hidden", "true");
  const words = element("div", "rc-words", status);
  words.setAttribute("role", "status");
  words.setAttribute("aria-live", "polite");
  const kindWord = element("span", "rc-unseen", words);
  const happened = element("strong", "", words);
  const why = element("p", "", words);
  const cure = element("p", "rc-cure", words);
  const person = element("p", "", words);
  // The clock time is for screen readers, which are told of each change here; what runs down each second is for the eye.
  const until = element("p", "rc-note", words);
  const untilWhen = element("span", "rc-unseen", until);
  const untilThen = element("span", "", until);
  untilThen.setAttribute("aria-hidden", "true");
  const trouble = element("p", "rc-trouble", words);

  const explanation = element("details", "rc-explained", root);
  const question = element("summary", "", explanation);
  const knowledge = element("div", "", explanation);

  const checks = element("ul", "rc-checks", root);
  const entry = element("div", "rc-entry", root);
  const entryLabel = element("label", "", entry);
  const entryName = element("span", "", entryLabel);
  const entered = element("input", "", entryLabel);
  entered.autocomplete = "off";
  entered.spellcheck = false;
  const buttons = element("div", "rc-buttons", root);
  const known = new Map();

  const keepBox = element("div", "rc-keep", root);
  const keepLabel = element("label", "", keepBox);
  const keep = element("input", "", keepLabel);
  keep.type = "checkbox";
  element("span", "", keepLabel, say("login.keep"));
  const keepNote = element("p", "rc-note", keepBox);
  keepNote.id = `${choiceGroup}-keep`;
  keep.setAttribute("aria-describedby", keepNote.id);
  keep.addEventListener("change", () => press("keep", keep.checked ? "on" : "off"));

  const back = element("div", "rc-back", root);
  const wayLine = element("p", "rc-note", back);
  const wayLabel = element("label", "", back, say("login.change-way"));
  const waySelect = element("select", "", wayLabel);
  waySelect.addEventListener("change", () => press("way", waySelect.value));

  const link = element("div", "rc-link", root);
  const anchor = element("a", "", element("p", "", link), say("login.new-tab"));
  anchor.target = "_blank";
  anchor.rel = "noopener noreferrer";
  const addressLabel = element("label", "", link, say("login.or-copy"));
  const address = element("input", "", addressLabel);
  address.readOnly = true;
  const copy = element("button", "", link, say("panel.copy"));
  copy.type = "button";

  const paste = element("details", "rc-paste", root);
  element("summary", "", paste, say("login.error-page"));
  element("p", "", paste, say("login.error-told"));
  element("p", "", paste, say("login.error-code"));
  element("p", "", paste, say("login.error-unreached"));
  const pasted = element("input", "", element("label", "", paste, say("login.address")));
  pasted.autocomplete = "off";
  const finish = element("button", "", paste, say("login.finish"));
  finish.type = "button";
  const minute = element("p", "rc-note", paste);

  // What only some panels have. A part draws what Python says, and may hear each message and take its leave.
  // Each second it may tick; secondsLeft tells how long it is until a moment by the kernel's clock.
  const parts = PARTS.map((make) => make({ root, press, send, draw, secondsLeft, isResting }));

  const page = `${Math.random()}`.slice(2); // this drawing of the panel, among others of it
  let presses = 0;
  let details = {};
  let gone = false; // the kernel does not know this panel any more
  let heard = false; // the kernel has said something to this drawing; until then the view may be an old, saved one
  let silence = null; // the timer until nothing was heard for too long
  let silent = false; // nothing was
  let probed = ""; // for which login this browser tried which address
  let reached = true; // as far as is known
  let waiting = null; // a press that Python has not answered: { number, popup, timers, text, url }
  let popup = null; // the window of the newest login
  let popupNote = ""; // why there is none
  let signingIn = false; // a sign-in page's address was shown, and nothing has told yet how that has ended
  let cameBack = 0; // when the person was last seen to come from the sign-in page's window: the code is no younger
  let ahead = 0; // by how many seconds the kernel's clock is ahead of this browser's
  let shownEnds = []; // the moments until which something that is shown lasts

  // Ask for the details. Also the way to find out whether the kernel still knows this panel.
  function ask() {
    send({ ask: "details" });
    draw();
  }

  // A view may have been saved in the notebook, and its kernel be gone: then the question is sent to nobody, and nothing
  // fails. So nothing that it says is shown before the kernel has been heard.
  function connect() {
    heard = silent = false;
    details = {};
    clearTimeout(silence);
    silence = setTimeout(() => {
      silent = true;
      endWait();
      draw();
    }, SILENT_AFTER);
    ask();
  }

  function hear() {
    clearTimeout(silence);
    heard = true;
    silent = false;
  }

  function send(message) {
    try {
      model.send(message);
      gone = false;
    } catch {
      endWait();
      details = {};
      gone = true;
    }
    return !gone;
  }

  function press(id, value = "", popupKind = "") {
    if (waiting || model.get("view").busy) return;
    for (const part of parts) part.pressed?.(id);
    if (popupKind === "again" && details.url) {
      showPopup(openPopup(details.url));
      return draw();
    }
    if (popupKind === "try") {
      const tried = openPopup("");
      tried?.close();
      value = tried ? "opened" : "blocked";
    }
    const number = `${page}-${++presses}`;
    if (send({ press: id, value, number })) {
      entered.value = ""; // it may have held a secret
      if (id === "cancel") popup?.close();
      const tell = (text) => {
        waiting.text = text;
        if (waiting.popup) writeInto(waiting.popup, text);
        draw();
      };
      const pressed = { number, popup: null, timers: [setTimeout(tell, BUSY_AFTER, say("panel.busy")), setTimeout(tell, STUCK_AFTER, say("panel.stuck"))] };
      waiting = pressed;
      // Python was asked first: if it is gone, no empty window is left behind. The window opens in the
      // click itself, or the browser blocks it.
      if (popupKind === "new") {
        showPopup(openPopup(""));
        pressed.popup = popup;
        if (popup) writeInto(popup, say("login.opening"));
        if (waiting !== pressed) leadOn(pressed); // Firefox opens a window slowly, and lets other events come meanwhile
      }
    }
    draw();
  }

  function showPopup(opened) {
    popup = opened;
    popupNote = opened ? "" : say("login.blocked");
    popup?.focus();
  }

  // The kernel works on it, and the panel says at what: it is not busy with another cell.
  function stopGuessing() {
    waiting.timers.forEach(clearTimeout);
    waiting.text = "";
  }

  // Python has answered, or never will. The window goes on to the address that came with the answer; without one it
  // stays no longer.
  function endWait(url) {
    const ended = waiting;
    if (!ended) return;
    ended.timers.forEach(clearTimeout);
    waiting = null;
    ended.url = url;
    leadOn(ended);
  }

  function leadOn({ popup: opened, url }) {
    if (!opened) return;
    // An address that is not a web page's could run as a script of this page.
    if (!/^https?:\/\//.test(url)) opened.close();
    else if (opened.closed) popupNote = say("login.closed");
    else opened.location.replace(url);
  }

  function onMessage(message) {
    if (gone) return;
    hear();
    if (message?.roll_call && root.isConnected) send({ here: page });
    if (message?.now) ahead = message.now - Date.now() / 1000;
    for (const part of parts) part.hear?.(message);
    if (!message?.details) return;
    if (message.details.url !== details.url) cameBack = 0;
    details = message.details;
    probe();
    draw();
  }

  // An address on the notebook's computer may be out of this browser's reach. Ask the browser, once for each login.
  async function probe() {
    const [url, login] = [details.probe || "", `${details.probe} ${details.url}`];
    if (probed === login) return;
    probed = login;
    reached = true;
    probeListener();
    if (!url) return;
    const found = await reaches(url);
    if (probed !== login) return; // another login has begun meanwhile
    reached = found;
    send({ probe: url, reached });
    draw();
  }

  // Only from a page of this computer: browsers let no other one ask.
  async function probeListener() {
    const url = details.listener;
    if (url) send({ probe: url, reached: isThisComputer(location.href) && (await reaches(url)) });
  }

  // How long a code works, the kernel may know; not since when: it counts from Allow, which another site's window keeps
  // to itself. But who has come here has pressed it before.
  function countDown() {
    cameBack = details.url ? Date.now() : 0;
    drawMinute();
  }

  function drawMinute() {
    const left = Math.ceil(details.code_seconds - (Date.now() - cameBack) / 1000);
    const counts = left > 0 ? say("login.seconds-left", { seconds: left }) : say("login.too-late");
    setText(minute, cameBack && details.code_seconds ? counts : "");
  }

  function secondsLeft(end) {
    return end - Date.now() / 1000 - ahead;
  }

  // Whether the server has asked for a pause before this call is made again.
  function isResting(view, id) {
    return secondsLeft(view.paused?.[id] || 0) > 0;
  }

  // Whatever runs down. When something has ended, Python may have more to say.
  function tick() {
    const lasted = shownEnds.length;
    drawMinute();
    drawEnds(shownStatus(shownView()), shownView());
    for (const part of parts) part.tick?.();
    if (shownEnds.length < lasted) send({ ask: "details" });
  }

  // A view that does not answer this press tells of something else: the environment was read again, another page's
  // press, the end of an older login. The press waits on, and so does its window. So does an address that is not the
  // answer's: it may be another page's, and out of use when the answer comes. (Details come before their view.)
  function onView() {
    hear();
    const view = model.get("view");
    if (waiting && view.answered?.includes(waiting.number)) endWait(details.url);
    else if (waiting && view.busy) stopGuessing();
    if (view.given_up && !waiting) popup?.close();
    draw();
  }

  function shownView() {
    return heard && !gone ? model.get("view") : { title: model.get("view").title, status: gone ? GONE : silent && SILENT };
  }

  function draw() {
    const view = shownView();
    const hadFocus = root.contains(document.activeElement);
    signingIn = signingIn || !!details.url;
    const busy = !!(waiting || view.busy);
    nameRegion(view.title);
    root.dataset.busy = busy;
    buttons.setAttribute("aria-busy", busy); // not the panel: screen readers would keep its status to themselves
    setText(title, view.title);
    drawChoices(view);
    drawStatus(view);
    drawChecks();
    entry.hidden = !view.entry;
    setText(entryName, view.entry);
    drawButtons(view, busy);
    keepBox.hidden = !view.keep_note;
    setText(keepNote, view.keep_note);
    if (!waiting) keep.checked = !!view.keep;
    drawWays(view);
    drawLink();
    drawMinute();
    paste.hidden = !view.paste; // also where nothing was reached: the browser may have forbidden only the question
    if (view.paste_open) paste.open = true;
    for (const part of parts) part.draw(view, details);
    const hasSignedIn = signingIn && status.dataset.kind === "ok";
    signingIn = !!details.url || (signingIn && status.dataset.kind === "working");
    if (!hadFocus) return;
    // What has just been hidden loses the focus a moment later.
    if (!root.contains(document.activeElement) || document.activeElement.closest("[hidden]")) root.focus();
    // Whoever has pressed a link or a button here is in this cell: Shift+Enter would run it once more, and begin a new
    // login. The login is there, so that it runs the next cell.
    if (hasSignedIn && document.activeElement === root) nextCell()?.focus();
  }

  // In JupyterLab and Notebook 7, for the others draw their cells in other ways.
  function nextCell() {
    const next = root.closest(".jp-Cell")?.nextElementSibling;
    return next?.matches(".jp-Cell") ? next : null;
  }

  // Two links in a notebook have the same title. Screen readers list panels by name, so each needs one of its own.
  function nameRegion(title) {
    const others = [...document.querySelectorAll(".rc-panel")].filter((other) => other !== root);
    const taken = new Set(others.map((other) => other.getAttribute("aria-label")));
    let name = title;
    for (let number = 2; taken.has(name); number++) name = `${title} (${number})`;
    const now = root.getAttribute("aria-label");
    if (!now?.startsWith(title) || taken.has(now)) root.setAttribute("aria-label", name);
  }

  function drawChoices(view) {
    choices.hidden = !view.choices;
    if (!view.choices) return;
    setText(choicesNote, view.choices_locked);
    const wanted = view.choices.map((choice) => choice.value).join();
    if (choiceList.dataset.wanted !== wanted) {
      choiceList.dataset.wanted = wanted;
      choiceList.replaceChildren();
      for (const choice of view.choices) {
        const card = element("label", "rc-choice", choiceList);
        const radio = element("input", "", card);
        radio.type = "radio";
        radio.name = choiceGroup;
        radio.addEventListener("change", () => press("choose", choice.value));
        const text = element("span", "", card);
        element("b", "", text, choice.label);
        element("span", "rc-note", text);
        element("span", "rc-missing", text);
      }
    }
    view.choices.forEach((choice, index) => {
      const card = choiceList.children[index];
      const radio = card.querySelector("input");
      radio.checked = choice.value === view.choice;
      radio.disabled = !!(choice.locked || view.choices_locked);
      setText(card.querySelector(".rc-note"), choice.note);
      setText(card.querySelector(".rc-missing"), choice.missing);
    });
  }

  function shownStatus(view) {
    return details.summary || view.status || {};
  }

  function drawStatus(view) {
    const said = shownStatus(view);
    status.dataset.kind = said.kind;
    setText(mark, MARKS[said.kind]);
    setText(kindWord, WORDS[said.kind]);
    setText(happened, said.whole || said.text);
    setText(why, said.why);
    setText(cure, said.cure);
    drawExplained(said.explained);
    setText(person, details.person && say("login.you-are", { person: details.person }));
    drawEnds(said, view);
    const unreached = () =>
      `${say("login.page-unreached")} ${isThisComputer(details.probe) ? say("login.unreached-here") : say("login.unreached-there")}`;
    setText(trouble, waiting?.text || (details.url && !reached && unreached()) || ((waiting || details.url) && !gone ? popupNote : ""));
  }

  function drawEnds(said, view) {
    const [clock, counted] = [[], []];
    shownEnds = [said.until, view.expires, view.refresh_expires].filter((end) => end && secondsLeft(end) > 0);
    if (said.until) {
      clock.push(say("login.until", { time: time(said.until) }));
      counted.push(shownEnds.includes(said.until) ? say("login.left", { time: span(secondsLeft(said.until)) }) : say("login.time-over"));
    }
    if (view.expires) {
      clock.push(say("login.token-until", { time: time(view.expires) }));
      const lasts = shownEnds.includes(view.expires);
      counted.push(lasts ? say("login.token-for", { time: span(secondsLeft(view.expires)) }) : say("login.token-ended"));
    }
    if (view.refresh_expires) {
      clock.push(say("login.renewed-until", { time: time(view.refresh_expires) }));
      const lasts = shownEnds.includes(view.refresh_expires);
      if (lasts) counted.push(say("login.renewed-for", { time: span(secondsLeft(view.refresh_expires)) }));
    }
    until.hidden = !clock.length;
    setText(untilWhen, clock.join(" "));
    setText(untilThen, counted.join(" "));
  }

  function drawExplained(explained) {
    explanation.hidden = !explained;
    const wanted = JSON.stringify(explained) || "";
    if (explanation.dataset.wanted === wanted) return;
    explanation.dataset.wanted = wanted;
    explanation.open = false;
    knowledge.replaceChildren();
    if (!explained) return;
    setText(question, say("error.question", { code: explained.code }));
    element("p", "", knowledge, say("error.meaning", { meaning: explained.meaning }));
    const list = element("ol", "", knowledge);
    for (const cause of explained.causes) {
      const item = element("li", "", list, cause.what);
      element("p", "rc-note", item, say("error.tell", { how: cause.tell }));
    }
    if (explained.section) leadBeside(element("p", "rc-note", knowledge, say("panel.in-the-course")), explained.section, explained.link);
    if (explained.source) leadTo(element("p", "rc-note", knowledge, say("panel.source")), new URL(explained.source).hostname, explained.source);
    leadBeside(element("p", "rc-note", knowledge), say("error.all-errors"), explained.index);
  }

  function drawChecks() {
    const found = details.checks || [];
    checks.hidden = !found.length;
    const wanted = JSON.stringify(found);
    if (checks.dataset.wanted === wanted) return;
    checks.dataset.wanted = wanted;
    checks.replaceChildren();
    for (const check of found) {
      const line = element("li", "", checks);
      line.dataset.kind = check.kind;
      element("span", "rc-mark", line, MARKS[check.kind]).setAttribute("aria-hidden", "true");
      const lineWords = element("div", "rc-words", line);
      element("span", "rc-unseen", lineWords, WORDS[check.kind]);
      element("span", "", lineWords, check.text);
      element("p", "rc-cure", lineWords, check.cure);
    }
  }

  function drawButtons(view, busy) {
    const wanted = view.buttons || [];
    for (const [id, drawn] of known) {
      if (wanted.some((button) => button.id === id)) continue;
      drawn.remove();
      known.delete(id);
    }
    for (const button of wanted) {
      if (!known.has(button.id)) {
        const made = element("button", "", buttons);
        made.type = "button";
        made.addEventListener("click", () => {
          if (!isResting(model.get("view"), button.id)) press(button.id, entered.value, made.dataset.popup);
        });
        known.set(button.id, made);
      }
      const drawn = known.get(button.id);
      setText(drawn, button.label);
      drawn.className = button.primary ? "rc-primary" : "";
      drawn.dataset.popup = button.popup || "";
      drawn.setAttribute("aria-disabled", String(busy || isResting(view, button.id)));
    }
  }

  function drawWays(view) {
    setText(wayLine, view.way_line);
    const ways = view.ways || [];
    back.hidden = !view.way_line;
    wayLabel.hidden = ways.length < 2;
    const wanted = JSON.stringify(ways);
    if (waySelect.dataset.wanted !== wanted) {
      waySelect.dataset.wanted = wanted;
      waySelect.replaceChildren(...ways.map((way) => new Option(way.label, way.value)));
    }
    if (!waiting) waySelect.value = view.way;
  }

  function drawLink() {
    link.hidden = !details.url;
    address.value = details.url || "";
    if (details.url) anchor.href = details.url;
    else anchor.removeAttribute("href");
  }

  copy.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(address.value);
    } catch {
      address.select();
      document.execCommand("copy");
    }
    setText(copy, say("panel.copied"));
    setTimeout(() => setText(copy, say("panel.copy")), 2000);
  });
  const submit = () => {
    press("paste", pasted.value);
    pasted.value = ""; // it holds a code
  };
  finish.addEventListener("click", submit);
  pasted.addEventListener("keydown", (event) => event.key === "Enter" && !runsCell(event) && submit());
  entered.addEventListener(
    "keydown", (event) => event.key === "Enter" && !runsCell(event) && buttons.querySelector("button")?.click(),
  );

  // A person who comes back from a login whose kernel has died meanwhile is told at once.
  const onFocus = () => {
    if (!details.url) return;
    countDown();
    ask();
  };
  pasted.addEventListener("focus", () => cameBack || countDown());
  // A cell that is run again at once may leave a drawing that no page ever shows and nobody takes away. So only what has
  // a place on the page counts. (A size of nothing, as in a hidden notebook, is no reason to say goodbye.)
  let hasPlace = false;
  const places = new ResizeObserver(() => {
    const had = hasPlace;
    hasPlace = root.isConnected && root.offsetWidth > 0;
    if (hasPlace && !had && !send({ come: page })) draw();
  });
  places.observe(root);
  const ticking = setInterval(tick, 1000);
  window.addEventListener("focus", onFocus);
  window.addEventListener("keydown", markKey, true);
  window.addEventListener("keydown", passOver);
  model.on("comm_live_update", connect);
  model.on("change:view", onView);
  model.on("msg:custom", onMessage);
  connect();
  return () => {
    clearTimeout(silence);
    clearInterval(ticking);
    endWait();
    for (const part of parts) part.leave?.();
    places.disconnect();
    send({ gone: page });
    window.removeEventListener("focus", onFocus);
    window.removeEventListener("keydown", markKey, true);
    window.removeEventListener("keydown", passOver);
    model.off("comm_live_update", connect);
    model.off("change:view", onView);
    model.off("msg:custom", onMessage);
  };
}

export default { render };
