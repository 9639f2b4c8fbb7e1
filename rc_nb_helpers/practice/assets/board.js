// Keeps the board up to date. Without it the page works as well: the browser then loads it again and again.
(() => {
  const live = document.getElementById("live");
  const place = (id) => document.getElementById(id);
  const say = (text) => { if (live.textContent !== text) live.textContent = text; };
  // Every five seconds something comes, if only to say that nothing is new. A connection alone proves nothing.
  const SILENCE = 12000;
  let heard = Date.now();
  const source = new EventSource(live.dataset.events + location.search);
  source.onopen = () => { heard = Date.now(); say("Live"); };
  source.onerror = () => say(source.readyState === EventSource.CLOSED
    ? "Not live: load the page again" : "Not live: connecting again …");
  setInterval(() => {
    const silent = Date.now() - heard;
    if (source.readyState === EventSource.OPEN && silent > SILENCE)
      say(`Not live: the platform has said nothing for ${Math.floor(silent / 10000) * 10} seconds`);
  }, 1000);
  // The platform may be in another time zone than whoever looks.
  const localize = (part) => part.querySelectorAll("time").forEach((time) => {
    const at = new Date(time.dateTime);
    const parts = [at.getHours(), at.getMinutes(), at.getSeconds()].slice(0, time.textContent.split(":").length);
    time.textContent = parts.map((one) => String(one).padStart(2, "0")).join(":");
  });
  localize(document);
  // All that is in an element, in order. A page that was away for a while may still show what is gone.
  const arrange = (parent, ids) => {
    const wanted = new Set(ids);
    for (const one of [...parent.children]) if (!wanted.has(one.id)) one.remove();
    ids.map(place).forEach((one, number) => {
      if (parent.children[number] !== one) parent.insertBefore(one, parent.children[number]);
    });
  };
  source.onmessage = (event) => {
    heard = Date.now();
    say("Live");
    const focused = document.activeElement;
    let around = null;
    for (const [id, parent, html] of JSON.parse(event.data)) {
      const old = place(id);
      if (old && old.contains(focused)) around = id;
      if (Array.isArray(html)) {
        arrange(old, html);
        continue;
      }
      if (html === null) {
        if (old) old.remove();
        continue;
      }
      const holder = document.createElement("template");
      holder.innerHTML = html;
      localize(holder.content);
      const fresh = holder.content.firstElementChild;
      if (!old) place(parent).append(fresh);
      else if (!old.isEqualNode(fresh)) old.replaceWith(fresh);
    }
    // Never to another button: Enter must not reach somebody else. What was only moved has lost the focus, too.
    if (around && document.activeElement !== focused)
      (place(focused.id) || place(around) || place("table")).focus({ preventScroll: true });
    const waiting = document.querySelectorAll("#waiting li").length;
    document.title = document.title.replace(/^(\(\d+\) )?/, waiting ? `(${waiting}) ` : "");
  };
  // What a button does arrives as a change of the board, so the page can stay, and the table where it was scrolled to.
  document.addEventListener("submit", async (event) => {
    const form = event.target, button = event.submitter;
    if (!form.hasAttribute("data-stay") || source.readyState !== EventSource.OPEN) return;
    event.preventDefault();
    const fields = new URLSearchParams(new FormData(form));
    if (button.name) fields.set(button.name, button.value);
    const answer = await fetch(form.action, { method: "POST", body: fields, redirect: "manual" }).catch(() => null);
    if (answer && answer.type === "opaqueredirect") {
      // What has only begun is not done: its form has the words for it.
      place("done").textContent = form.dataset.stay || `${button.getAttribute("aria-label") || button.textContent}: done`;
    } else {
      form.removeAttribute("data-stay"); // refused: show the page that says why
      form.requestSubmit(button);
    }
  });
})();
