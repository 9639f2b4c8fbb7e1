// The part in which calls are searched for and filled in. The list comes when somebody opens it, and stays in the page; what
// is written is looked at here, so that mistakes are told at once, and again in the kernel, which decides.

const MOST_MATCHES = 40;

function explorer({ root, press, send, draw: drawAll, secondsLeft, isResting }) {
  const own = `rc-explorer-${Math.random()}`.replace("0.", "");
  const rest = element("p", "rc-note", root);
  const fold = element("details", "rc-explorer", root);
  const heading = element("summary", "", fold);
  const label = element("label", "", fold, say("explorer.search"));
  label.htmlFor = `${own}-input`;
  const input = element("input", "", fold);
  input.id = label.htmlFor;
  input.autocomplete = "off";
  input.spellcheck = false;
  const list = element("ul", "rc-matches", fold);
  list.id = `${own}-list`;
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", say("explorer.calls"));
  const count = element("p", "rc-note", fold);
  count.setAttribute("aria-live", "polite");
  for (const [name, value] of [["role", "combobox"], ["aria-autocomplete", "list"], ["aria-controls", list.id]]) input.setAttribute(name, value);
  const form = filling(fold, (values) => press("fill", JSON.stringify({ call: chosen.id, values })), say("explorer.call"));

  let offers = null; // all calls, when they have come
  let matches = [];
  let at = -1; // which of them the arrows are at
  let chosen = null;
  let blamed = ""; // the faults that were told last
  let resting = false; // something has to wait

  fold.addEventListener("toggle", () => fold.open && !offers && send({ ask: "catalogue" }));
  input.addEventListener("input", () => search());
  input.addEventListener("click", () => list.hidden && search());
  input.addEventListener("blur", () => close());
  // https://www.w3.org/WAI/ARIA/apg/patterns/combobox/: the focus stays in the field, and the arrows go through the list.
  input.addEventListener("keydown", (event) => {
    if (runsCell(event)) return;
    const last = matches.length - 1;
    if (event.key === "ArrowDown" && list.hidden) search();
    else if (event.key === "ArrowDown") mark(at < last ? at + 1 : 0);
    else if (event.key === "ArrowUp" && !list.hidden) mark(at > 0 ? at - 1 : last);
    else if (event.key === "Enter" && !list.hidden) choose(matches[Math.max(at, 0)]);
    else if (event.key === "Escape" && !list.hidden) close();
    else if (event.key === "Escape") input.value = "";
    else return;
    event.preventDefault();
    event.stopPropagation();
  });

  function search() {
    const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
    const fits = (offer) => {
      const text = `${offer.label} ${offer.path} ${offer.permission} ${offer.topic}`.toLowerCase();
      return words.every((word) => text.includes(word));
    };
    const found = (offers || []).filter(fits);
    matches = found.slice(0, MOST_MATCHES);
    list.replaceChildren();
    matches.forEach((offer, index) => {
      const item = element("li", "", list);
      item.id = `${own}-${index}`;
      item.setAttribute("role", "option");
      element("b", "", item, offer.label);
      element("span", "rc-note", item, [offer.path, offer.permission].filter(Boolean).join(" · "));
      item.addEventListener("mousedown", (event) => event.preventDefault()); // or the field would lose the focus, and the list go
      item.addEventListener("click", () => choose(offer));
    });
    open(matches.length > 0);
    mark(-1);
    const left = found.length - matches.length;
    setText(count, offers ? amount(found.length, left) : say("explorer.coming"));
  }

  function amount(found, left) {
    if (left) return say("explorer.found-more", { count: found, left });
    return found ? say("explorer.found", { count: found }) : say("explorer.nothing");
  }

  function mark(index) {
    at = index;
    [...list.children].forEach((item, each) => item.setAttribute("aria-selected", String(each === index)));
    const item = list.children[index];
    if (item) input.setAttribute("aria-activedescendant", item.id);
    else input.removeAttribute("aria-activedescendant");
    item?.scrollIntoView({ block: "nearest" });
  }

  function open(isOpen) {
    list.hidden = !isOpen;
    input.setAttribute("aria-expanded", String(isOpen));
  }

  function close() {
    open(false);
    mark(-1);
    setText(count, "");
  }

  function choose(offer) {
    if (!offer) return;
    close();
    chosen = offer;
    input.value = offer.label;
    const lines = [`GET ${offer.path}`];
    if (offer.permission) lines.push(say("explorer.permission", { permission: offer.permission }));
    if (offer.user_permission) lines.push(say("explorer.user-permission", { permission: offer.user_permission }));
    if (offer.needs) lines.push(say("explorer.needs", { needs: offer.needs }));
    if (offer.group) lines.push(say("explorer.group", { group: offer.group }));
    form.show(offer.label, lines, offer.fields, offer.link);
    drawAll();
  }

  function draw(view, details) {
    fold.hidden = !view.explore;
    setText(heading, view.explore);
    const told = details.form;
    if (!view.explore) form.hide();
    else if (JSON.stringify(told || "") !== blamed && told?.call !== "sms") blame(told);
    form.tell(details.summary);
    form.lock(view.busy || (chosen && isResting(view, chosen.id)));
    drawRest(view);
  }

  function blame(told) {
    if (told && told.call !== chosen?.id) {
      fold.open = true;
      if (!offers) return; // it asks for them now
    }
    blamed = JSON.stringify(told || "");
    if (told && told.call !== chosen?.id) choose(offers.find((offer) => offer.id === told.call));
    form.blame(told ? told.faults : []);
  }

  // The pause that the server has asked for, counted down; then what had to rest can be pressed again.
  function drawRest(view) {
    const left = Math.ceil(Math.max(0, ...Object.values(view.paused || {}).map(secondsLeft)));
    const waits = say("test.pause", { seconds: left });
    resting = left > 0;
    setText(rest, resting ? waits : view.paused && say("test.pause-over"));
  }

  function hear(message) {
    if (!message?.catalogue) return;
    offers = message.catalogue;
    if (document.activeElement === input) search();
    drawAll();
  }

  close();
  return { draw, hear, pressed: (id) => form.pressed(id === "fill"), tick: () => resting && drawAll() };
}
