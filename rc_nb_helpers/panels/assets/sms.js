// The part that writes a text message: it is looked at before it is sent, and each look is good for one press.

function sms({ root, press }) {
  const FIELDS = [
    { name: "from", kind: "text", default: "", choices: [], note: say("sms.from") },
    { name: "to", kind: "text", default: "+12025550123", choices: [], required: true, note: say("sms.to") },
    { name: "text", kind: "text", default: "", choices: [], required: true, note: say("sms.text", { most: 1000 }) },
  ];
  const fold = element("details", "rc-explorer", root);
  element("summary", "", fold, say("sms.title"));
  const note = element("p", "rc-note", fold);
  const form = filling(fold, (values) => press("sms", JSON.stringify({ call: "sms", values })), say("sms.check"));
  form.show(say("sms.new"), [], FIELDS, "");
  const sure = element("div", "rc-sure", fold);
  sure.tabIndex = -1;
  sure.setAttribute("role", "group");
  sure.setAttribute("aria-label", say("sms.before"));
  const line = element("p", "", sure);
  const cost = element("p", "", sure);
  const row = element("div", "rc-actions", sure);
  const yes = element("button", "rc-primary", row, say("sms.send"));
  const no = element("button", "", row, say("sms.drop"));
  for (const control of [yes, no]) control.type = "button";
  let once = "";
  let blamed = "";
  yes.addEventListener("click", () => press("sms-send", once));
  no.addEventListener("click", () => press("sms-drop"));

  function draw(view, details) {
    fold.hidden = !view.sms_note;
    setText(note, view.sms_note);
    const waits = details.sms;
    const isNew = waits && waits.once !== once;
    once = waits ? waits.once : "";
    sure.hidden = !waits;
    setText(line, waits ? summary(waits) : "");
    setText(cost, waits ? view.sms_note : "");
    if (isNew) sure.focus(); // not the button: a second Enter would send it
    for (const control of [yes, no]) control.setAttribute("aria-disabled", String(!!view.busy));
    form.tell(details.summary);
    form.lock(view.busy);
    const told = details.form;
    const wanted = JSON.stringify(told || "");
    if (wanted === blamed) return;
    blamed = wanted;
    form.blame(told?.call === "sms" ? told.faults : []);
  }

  function summary(waits) {
    if (waits.length === 1) return say("sms.from-to-short", { sender: waits.sender, receiver: waits.receiver });
    return say("sms.from-to", { sender: waits.sender, receiver: waits.receiver, count: waits.length });
  }

  return { draw, pressed: (id) => form.pressed(id.startsWith("sms")) };
}
