// The part that shows how long tokens live. (Parts use what panel.js has: they become one module with it.)

function tokens({ root, send, secondsLeft }) {
  const shown = element("div", "rc-tokens");
  root.querySelector(".rc-buttons").before(shown);
  const lives = element("div", "", shown);
  const known = element("dl", "rc-facts", shown);
  let running = []; // { token, words, bar, lived }

  function draw(view, details) {
    const wanted = JSON.stringify([details.tokens, details.facts]);
    if (shown.dataset.wanted === wanted) return;
    shown.dataset.wanted = wanted;
    lives.replaceChildren();
    running = (details.tokens || []).map(drawToken);
    known.replaceChildren();
    known.hidden = !details.facts?.length;
    for (const fact of details.facts || []) {
      const line = element("div", "", known);
      element("dt", "", line, fact.name);
      element("dd", "", line, fact.text);
    }
    tick();
  }

  function drawToken(token) {
    const place = element("div", "rc-token", lives);
    const line = element("p", "", place);
    element("b", "", line, token.name);
    const words = element("span", "", line);
    const bar = element("div", "rc-bar", place);
    element("div", "", bar);
    bar.setAttribute("role", "meter");
    bar.setAttribute("aria-label", say("tokens.life", { name: token.name }));
    bar.setAttribute("aria-valuemin", 0);
    bar.setAttribute("aria-valuemax", token.lasts);
    element("p", "rc-note", place, token.purpose);
    return { token, words, bar, lived: true };
  }

  function tick() {
    for (const each of running) drawLife(each);
  }

  function drawLife(each) {
    const { token, words, bar } = each;
    const left = Math.max(0, secondsLeft(token.ends));
    const lasts = () =>
      token.lasts ? say("tokens.left-of", { time: span(left), whole: span(token.lasts) }) : say("tokens.left", { time: span(left) });
    const says = left ? lasts() : token.over;
    setText(words, says);
    bar.hidden = !token.lasts || !token.ends;
    bar.firstChild.style.width = `${Math.min(100, (100 * left) / (token.lasts || 1))}%`;
    bar.setAttribute("aria-valuenow", Math.floor(Math.min(left, token.lasts)));
    bar.setAttribute("aria-valuetext", says);
    if (each.lived && !left && token.ends) send({ ask: "details" }); // the login may have ended with it
    each.lived = left > 0;
  }

  return { draw, tick };
}
