// Opens a window as a login does, looks whether it shows a page, closes it, and says what has come of it.
(() => {
  const result = document.getElementById("result"), button = document.getElementById("try");
  const BLOCKED = "Blocked: this browser opened no window. Allow windows (pop-ups) for this site: most browsers offer it "
    + "at the right end of the address bar. Then press the button again. Or work with the link that each login shows.";
  const CLOSED = "The window opened and was closed again before it showed a page. Something blocks it: look for a program "
    + "or an extension that blocks pop-ups, and switch it off for this site.";
  const SLOW = "A window opened, but showed no page within five seconds. Check the network, then press the button again.";
  const shows = (opened) => {
    try {
      return opened.location.pathname === button.dataset.here && opened.document.readyState === "complete";
    } catch { // the browser's own page, which says that it got nowhere
      return false;
    }
  };
  button.addEventListener("click", () => {
    result.textContent = "Opening …";
    const opened = window.open(button.dataset.here, "rc-login-try", "popup,width=520,height=700");
    if (!opened) {
      result.textContent = BLOCKED;
      return;
    }
    const until = Date.now() + 5000;
    const look = setInterval(() => {
      const there = !opened.closed && shows(opened);
      if (!there && !opened.closed && Date.now() < until) return;
      clearInterval(look);
      result.textContent = there ? "It opened. Windows of this site are allowed." : opened.closed ? CLOSED : SLOW;
      opened.close();
    }, 100);
  });
})();
