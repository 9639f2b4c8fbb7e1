// The part that writes a text message: it is looked at before it is sent, and each look is good for one press.

function sms({ root, press }) {
  const FIELDS = [
    { name: "from", kind: "text", default: "", choices: [], note: "One of your own numbers. Left blank: the first that may send texts." },
    { name: "to", kind: "text", default: "+12025550123", choices: [], required: true, note: "A whole phone number, with + and country code." },
    { name: "text", kind: "text", default: "", choices: [], required: true, note: "At most 1000 characters." },
  ];
  const fold = element("details", "rc-explorer", root);
  element("summary", "", fold, "Send a text message (SMS)");
  const note = element("p", "rc-note", fold);
  const form = filling(fold, (values) => press("sms", JSON.stringify({ call: "sms", values })), "Check the message");
  form.show("A new message", [], FIELDS, "");
  const sure = element("div", "rc-sure", fold);
  sure.tabIndex = -1;
  sure.setAttribute("role", "group");
  sure.setAttribute("aria-label", "Before it is sent");
  const line = element("p", "", sure);
  const cost = element("p", "", sure);
  const row = element("div", "rc-actions", sure);
  const yes = element("button", "rc-primary", row, "Send it now");
  const no = element("button", "", row, "Do not send it");
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
    setText(line, waits ? `From ${waits.sender} to ${waits.receiver}, ${waits.length}.` : "");
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

  return { draw, pressed: (id) => form.pressed(id.startsWith("sms")) };
}
