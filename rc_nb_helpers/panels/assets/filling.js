// A form: fields of the right kind, what is wrong beside each, and a button. explorer.js and sms.js have one each.

function filling(parent, send, action) {
  const own = `rc-form-${Math.random()}`.replace("0.", "");
  const form = element("form", "rc-form", parent);
  form.noValidate = true; // we say in words, and beside the field, what is wrong
  form.hidden = true;
  const title = element("p", "rc-form-title", form);
  title.id = `${own}-title`;
  const about = element("div", "", form);
  const box = element("div", "rc-fields", form);
  box.setAttribute("role", "group");
  box.setAttribute("aria-labelledby", title.id);
  const general = element("p", "rc-fault", form);
  const control = element("button", "rc-primary", form, action);
  control.type = "submit";
  const outcome = element("p", "rc-fault", form);
  let mine = false; // whether what was pressed last is of this form
  let told = ""; // what the panel says has failed
  let stale = ""; // the same before that press
  const known = new Map(); // by name: the field, what is written into it, where its fault stands

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (control.getAttribute("aria-disabled") === "true") return;
    const faults = [...known.values()].map(look).filter(Boolean);
    blame(faults);
    if (!faults.length) send(Object.fromEntries([...known].map(([name, { read }]) => [name, read()])));
  });

  function show(label, lines, fields, address) {
    form.hidden = false;
    setText(title, label);
    about.replaceChildren();
    for (const line of lines) element("p", "rc-note", about, line);
    if (address?.startsWith("https://")) {
      const link = element("a", "", element("p", "", about), say("form.reference"));
      link.href = address;
      link.target = "_blank";
      link.rel = "noopener noreferrer";
    }
    box.replaceChildren();
    known.clear();
    fields.forEach((field, index) => known.set(field.name, field.many && field.choices.length ? several(field, index) : single(field, index)));
    setText(general);
    setText(outcome);
    mine = false;
  }

  function single(field, index) {
    const line = element("div", "rc-field", box);
    const id = `${own}-${index}`;
    const name = field.kind === "date" ? say("form.utc", { name: field.name }) : field.name;
    const label = element("label", "", line, `${name}${field.required ? " *" : ""}`);
    label.htmlFor = id;
    const tag = field.kind === "choice" || field.kind === "flag" ? "select" : field.name === "text" ? "textarea" : "input";
    const input = element(tag, "", line);
    input.id = id;
    if (tag === "select") {
      const blank = field.default ? `(${field.default})` : say("form.not-said");
      const choices = field.kind === "flag" ? ["true", "false"] : field.choices;
      input.append(new Option(blank, ""), ...choices.map((choice) => new Option(choice, choice)));
    } else {
      if (tag === "input") input.type = { number: "number", date: "datetime-local" }[field.kind] || "text";
      if (field.least !== undefined) input.min = field.least;
      if (field.most !== undefined) input.max = field.most;
      input.autocomplete = "off";
      input.placeholder = field.default;
    }
    if (field.required) input.setAttribute("aria-required", "true");
    return { field, input, fault: explain(field, line, input, id), read: () => input.value };
  }

  function several(field, index) {
    const set = element("fieldset", "rc-field", box);
    element("legend", "", set, field.name);
    const boxes = field.choices.map((choice) => {
      const label = element("label", "", set);
      const tick = element("input", "", label);
      tick.type = "checkbox";
      tick.value = choice;
      element("span", "", label, choice);
      return tick;
    });
    const read = () => boxes.filter((tick) => tick.checked).map((tick) => tick.value).join();
    return { field, input: boxes[0], fault: explain(field, set, set, `${own}-${index}`), read };
  }

  function explain(field, line, described, id) {
    const note = element("p", "rc-note", line, field.note);
    const place = element("p", "rc-fault", line);
    note.id = `${id}-note`;
    place.id = `${id}-fault`;
    described.setAttribute("aria-describedby", `${place.id} ${note.id}`);
    return place;
  }

  // Only what nobody could mean; the kernel looks at everything.
  function look({ field, input, read }) {
    const said = (text) => ({ name: field.name, text });
    if (input.validity?.badInput) return said(field.kind === "date" ? say("form.no-date") : say("form.no-number"));
    if (field.required && !read().trim()) return said(say("form.missing"));
    if (input.validity?.rangeUnderflow) return said(say("form.least", { least: field.least }));
    if (input.validity?.rangeOverflow) return said(say("form.most", { most: field.most }));
    return null;
  }

  function blame(faults) {
    for (const [name, { input, fault: place }] of known) {
      const fault = faults.find((fault) => fault.name === name);
      setText(place, fault?.text);
      if (fault) input.setAttribute("aria-invalid", "true");
      else input.removeAttribute("aria-invalid");
    }
    setText(general, faults.find((fault) => !known.has(fault.name))?.text);
    const first = faults.find((fault) => known.has(fault.name));
    if (first) known.get(first.name).input.focus();
  }

  // A form may be long, and the panel's status out of sight: what has failed stands here as well.
  function tell(lesson) {
    told = lesson?.kind === "error" ? [lesson.whole, lesson.why, lesson.cure].filter(Boolean).join(" ") : "";
    if (!told) stale = "";
    setText(outcome, mine && told !== stale ? told : "");
  }

  return {
    show,
    blame,
    tell,
    pressed: (isMine) => ([mine, stale] = [isMine, told]),
    hide: () => (form.hidden = true),
    lock: (isLocked) => control.setAttribute("aria-disabled", String(!!isLocked)),
  };
}
