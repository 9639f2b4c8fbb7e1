// Keeps the board up to date. Without it the page works as well: the browser then loads it again and again.
(() => {
  const live = document.getElementById("live");
  const place = (id) => document.getElementById(id);
  const say = (text) => { if (live.textContent !== text) live.textContent = text; };
  const source = new EventSource("/practice/board/events" + location.search);
  source.onopen = () => say("Live");
  source.onerror = () => say(source.readyState === EventSource.CLOSED
    ? "Not live: load the page again" : "Not live: connecting again …");
  source.onmessage = (event) => {
    const focused = document.activeElement && document.activeElement.id;
    for (const [id, parent, html] of JSON.parse(event.data)) {
      const old = place(id);
      if (html === null) {
        if (old) old.remove();
        continue;
      }
      const holder = document.createElement("template");
      holder.innerHTML = html;
      const fresh = holder.content.firstElementChild;
      if (!old) place(parent).append(fresh);
      else if (!old.isEqualNode(fresh)) old.replaceWith(fresh);
    }
    if (focused && !document.activeElement.id && place(focused)) place(focused).focus();
    const waiting = document.querySelectorAll("#waiting li").length;
    document.title = document.title.replace(/^(\(\d+\) )?/, waiting ? `(${waiting}) ` : "");
  };
})();
