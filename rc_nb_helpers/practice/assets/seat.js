// Shows the line for the terminal. What stands behind the # of the address never leaves this page: it is not sent, not
// stored, and shown only if it can be nothing but a link's secret, because the line is meant for a shell.
(() => {
  const place = (id) => document.getElementById(id);
  const line = place("line"), copied = place("copied");
  const onWindows = /windows/i.test(navigator.userAgent);
  const python = onWindows ? "py" : "python3";
  const show = () => {
    const secret = location.hash.slice(1);
    const good = /^[A-Za-z0-9]{22}$/.test(secret);
    place("whole").hidden = !good;
    place("cut").hidden = good;
    place("unscripted").hidden = true;
    line.value = good ? `${python} tutorial.py join "${place("whole").dataset.link}#${secret}"` : "";
    copied.textContent = "";
  };
  place("on-windows").hidden = onWindows;
  place("python").textContent = python;
  place("copy").addEventListener("click", async () => {
    line.select();
    let done;
    try {
      await navigator.clipboard.writeText(line.value); // not there on plain http, which a class has
      done = true;
    } catch {
      done = document.execCommand("copy");
    }
    copied.textContent = done ? "Copied. Now paste it in the terminal." : "The browser did not copy it. It is selected: copy it with your keyboard.";
  });
  addEventListener("hashchange", show);
  show();
})();
