// Draws a panel from the data that Python sends (see base.py), and tells Python what was pressed.
//
// Every text is set with textContent, so nothing that comes from a server can become markup.
// Elements stay in place and only their texts change: the keyboard focus survives, and a screen reader
// hears the status when it changes.

const POPUP_NAME = "rc-login";
const BUSY_AFTER = 1000;
const STUCK_AFTER = 15000;

const BUSY = "The notebook is busy with another cell. This goes on as soon as that cell has ended.";
const STUCK =
  "Still no answer from the notebook. Wait for the running cell, or stop it with the ■ button in the toolbar. " +
  "If that does not help: Kernel menu, Restart, then run this cell again.";
const GONE = "This panel has lost its notebook kernel (it was restarted or stopped). Run this cell again.";
const BLOCKED = "The browser did not open a window. Use the link below.";
const MARKS = { ok: "✓", error: "✕", working: "…", info: "" };
const WORDS = { ok: "Done: ", error: "Problem: ", working: "In progress: ", info: "" };

function element(tag, className, parent, text) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  if (parent) parent.append(made);
  return made;
}

function setText(target, text) {
  if (target.textContent !== text) target.textContent = text;
}

function time(epochSeconds) {
  const moment = new Date(epochSeconds * 1000);
  const today = moment.toDateString() === new Date().toDateString();
  const clock = moment.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
  return today ? clock : `${moment.toLocaleDateString([], { day: "numeric", month: "long" })}, ${clock}`;
}

function openPopup(url) {
  const [width, height] = [800, 640];
  const left = Math.max(0, window.screenX + (window.outerWidth - width) / 2);
  const top = Math.max(0, window.screenY + (window.outerHeight - height) / 2);
  return window.open(url, POPUP_NAME, `popup,width=${width},height=${height},left=${left},top=${top}`);
}

// What the blank window says until the notebook answers. After the sign-in page has been in it, it is
// another site's window and not ours to write into.
function writeInto(popup, text) {
  try {
    popup.document.title = "Signing in";
    popup.document.body.style.cssText = "font: 18px/1.5 system-ui, sans-serif; margin: 3em; color-scheme: light dark";
    popup.document.body.textContent = text;
  } catch {
    // Another site's window.
  }
}

function render({ model, el }) {
  const root = element("section", "rc-panel", el);
  const title = element("p", "rc-title", root);
  const choices = element("fieldset", "rc-choices", root);
  element("legend", "", choices, "Where do you want to log in?");
  const choiceList = element("div", "rc-choice-list", choices);
  const choicesNote = element("p", "rc-note", choices);

  const status = element("div", "rc-status", root);
  const mark = element("span", "rc-mark", status);
  mark.setAttribute("aria-hidden", "true");
  const words = element("div", "rc-words", status);
  words.setAttribute("role", "status");
  words.setAttribute("aria-live", "polite");
  const kindWord = element("span", "rc-unseen", words);
  const happened = element("strong", "", words);
  const why = element("p", "", words);
  const cure = element("p", "", words);
  const until = element("p", "rc-note", words);
  const person = element("p", "rc-person", words);
  const trouble = element("p", "rc-trouble", words);

  const buttons = element("div", "rc-buttons", root);
  const known = new Map();

  const link = element("div", "rc-link", root);
  const anchor = element("a", "", element("p", "", link), "Open the sign-in page in a new tab");
  anchor.target = "_blank";
  anchor.rel = "noopener noreferrer";
  const addressLabel = element("label", "", link, "or copy its address: ");
  const address = element("input", "", addressLabel);
  address.readOnly = true;
  const copy = element("button", "", link, "Copy");
  copy.type = "button";

  const paste = element("details", "rc-paste", root);
  element("summary", "", paste, "The browser ended on a page that it cannot open?");
  element(
    "p", "", paste,
    "Then the notebook runs on another computer. Copy the whole address of that page and paste it here " +
      "within a minute: the code in it works only for about 60 seconds.",
  );
  const pasteLabel = element("label", "", paste, "Address: ");
  const pasted = element("input", "", pasteLabel);
  pasted.autocomplete = "off";
  const finish = element("button", "", paste, "Finish the login");
  finish.type = "button";

  const result = element("div", "rc-result", root);

  let details = {};
  let waiting = null; // a press that Python has not answered: { popup, timers }
  let gone = false;
  let pasteWasOpen = false;

  function say(text) {
    setText(trouble, text);
    trouble.hidden = !text;
  }

  function send(message) {
    try {
      model.send(message);
      return true;
    } catch {
      lost();
      return false;
    }
  }

  function lost() {
    gone = true;
    endWait();
    say(GONE);
    drawView();
  }

  function wait(popup) {
    endWait();
    const tell = (text) => {
      say(text);
      if (popup) writeInto(popup, text);
    };
    waiting = { popup, timers: [setTimeout(tell, BUSY_AFTER, BUSY), setTimeout(tell, STUCK_AFTER, STUCK)] };
    drawView();
  }

  function endWait() {
    if (!waiting) return;
    waiting.timers.forEach(clearTimeout);
    waiting = null;
  }

  function press(id, value = "", popupKind = "") {
    if (popupKind === "again" && details.url) {
      say(openPopup(details.url) ? "" : BLOCKED);
      return;
    }
    // Python is asked first: if it is gone, no empty window is left behind.
    if (!send({ press: id, value })) return;
    say("");
    let popup = null;
    if (popupKind === "new") {
      // In the click itself, or the browser blocks it.
      popup = openPopup("");
      if (popup) writeInto(popup, "Opening the sign-in page…");
      else say(BLOCKED);
    }
    wait(popup);
  }

  function drawChoices(view) {
    choices.hidden = !view.choices;
    if (!view.choices) return;
    setText(choicesNote, view.choicesLocked || "");
    const wanted = view.choices.map((choice) => choice.value).join();
    if (choiceList.dataset.wanted !== wanted) {
      choiceList.dataset.wanted = wanted;
      choiceList.replaceChildren();
      for (const choice of view.choices) {
        const label = element("label", "rc-choice", choiceList);
        const radio = element("input", "", label);
        radio.type = "radio";
        radio.name = `rc-environment-${model.get("_model_id") || ""}${Math.random()}`;
        radio.value = choice.value;
        radio.addEventListener("change", () => press("choose", choice.value));
        const text = element("span", "", label);
        element("b", "", text, choice.label);
        element("span", "rc-note", text, choice.note);
        element("span", "rc-missing", text);
      }
      const name = choiceList.querySelector("input")?.name;
      choiceList.querySelectorAll("input").forEach((radio) => { radio.name = name; });
    }
    choiceList.querySelectorAll("label").forEach((label, index) => {
      const choice = view.choices[index];
      const radio = label.querySelector("input");
      radio.checked = choice.value === view.choice;
      radio.disabled = gone || !!waiting || !!choice.locked || !!view.choicesLocked;
      setText(label.querySelector(".rc-missing"), choice.missing ? "Not ready: credentials missing" : "");
      label.title = choice.missing || "";
    });
  }

  function drawButtons(view) {
    const wanted = view.buttons || [];
    for (const [id, button] of known) {
      if (!wanted.some((each) => each.id === id)) {
        if (button === document.activeElement) queueMicrotask(() => buttons.querySelector("button")?.focus());
        button.remove();
        known.delete(id);
      }
    }
    wanted.forEach(({ id, label, style, popup }) => {
      if (!known.has(id)) {
        const button = element("button", "", null);
        button.type = "button";
        button.addEventListener("click", () => press(id, "", button.dataset.popup));
        known.set(id, button);
      }
      const button = known.get(id);
      setText(button, label);
      button.className = style === "primary" ? "rc-primary" : "";
      button.dataset.popup = popup || "";
      button.disabled = gone || !!waiting || !!view.busy;
      buttons.append(button);
    });
  }

  function drawView() {
    const view = model.get("view");
    root.setAttribute("aria-label", view.title);
    setText(title, view.title);
    drawChoices(view);
    const said = view.status || {};
    status.dataset.kind = gone ? "error" : said.kind;
    setText(mark, MARKS[gone ? "error" : said.kind] || "");
    setText(kindWord, WORDS[said.kind] || "");
    setText(happened, said.text || "");
    setText(why, said.why || "");
    setText(cure, said.cure || "");
    const ends = [];
    if (said.until) ends.push(`Until ${time(said.until)}.`);
    if (view.expires) ends.push(`The access token is good until ${time(view.expires)}.`);
    if (view.refreshExpires) ends.push(`It is renewed by itself until ${time(view.refreshExpires)}.`);
    setText(until, ends.join(" "));
    drawButtons(view);
    paste.hidden = !view.paste || gone;
    if (view.pasteOpen && !pasteWasOpen) paste.open = true;
    pasteWasOpen = !!view.pasteOpen;
    finish.disabled = !!waiting;
  }

  function drawDetails() {
    setText(person, details.person ? `You are ${details.person}.` : "");
    link.hidden = !details.url || gone;
    if (details.url) {
      anchor.href = details.url;
      address.value = details.url;
    } else {
      anchor.removeAttribute("href");
      address.value = "";
    }
    drawResult(details.result);
  }

  function drawResult(answer) {
    result.replaceChildren();
    result.hidden = !answer;
    if (!answer) return;
    element("p", "rc-line", result, answer.line);
    if (!answer.columns) return;
    const frame = element("div", "rc-frame", result);
    frame.tabIndex = 0;
    frame.setAttribute("role", "region");
    frame.setAttribute("aria-label", answer.caption);
    const table = element("table", "", frame);
    element("caption", "", table, answer.caption);
    const head = element("tr", "", element("thead", "", table));
    for (const column of answer.columns) element("th", "", head, column).scope = "col";
    const body = element("tbody", "", table);
    for (const row of answer.rows) {
      const line = element("tr", "", body);
      for (const cell of row) element("td", "", line, cell);
    }
    const raw = element("details", "", result);
    element("summary", "", raw, "The answer as JSON");
    const text = element("pre", "", raw, answer.json);
    text.tabIndex = 0;
  }

  function onMessage(message) {
    if (!message?.details) return;
    details = message.details;
    const popup = waiting?.popup;
    if (popup && details.url) {
      // An address that is not a web page's could run as a script of this page.
      if (/^https?:\/\//.test(details.url)) popup.location.replace(details.url);
      waiting.popup = null;
    }
    drawDetails();
  }

  function onView() {
    const popup = waiting?.popup;
    endWait();
    if (trouble.textContent !== BLOCKED || !details.url) say("");
    // Python has answered without an address: the login could not begin.
    if (popup && !details.url) popup.close();
    drawView();
  }

  copy.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(address.value);
    } catch {
      address.select();
      document.execCommand("copy");
    }
    setText(copy, "Copied");
    setTimeout(() => setText(copy, "Copy"), 2000);
  });
  finish.addEventListener("click", () => {
    const value = pasted.value;
    pasted.value = ""; // it holds a code
    press("paste", value);
  });

  model.on("change:view", onView);
  model.on("msg:custom", onMessage);
  say("");
  drawView();
  drawDetails();
  send({ ask: "details" });
  return () => {
    endWait();
    model.off("change:view", onView);
    model.off("msg:custom", onMessage);
  };
}

export default { render };
