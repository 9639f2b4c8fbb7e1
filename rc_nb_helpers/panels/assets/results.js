// The part that shows the answer to an API call. (Parts use what panel.js has: they become one module with it.)

function results({ root }) {
  const shown = element("div", "rc-result", root);

  function draw(view, details) {
    const result = details.result;
    const wanted = JSON.stringify(result || "");
    if (shown.dataset.wanted === wanted) return;
    shown.dataset.wanted = wanted;
    shown.replaceChildren();
    if (!result) return;
    element("p", "rc-line", shown, result.line);
    if (result.columns) drawTable(result);
    if (!result.json) return;
    const raw = element("details", "", shown);
    element("summary", "", raw, "The answer as JSON");
    element("pre", "", raw, result.json).tabIndex = 0;
  }

  function drawTable(result) {
    const frame = element("div", "rc-frame", shown);
    frame.tabIndex = 0;
    frame.setAttribute("role", "region");
    frame.setAttribute("aria-label", result.caption);
    const table = element("table", "", frame);
    element("caption", "", table, result.caption);
    const head = element("tr", "", element("thead", "", table));
    for (const column of result.columns) element("th", "", head, column).scope = "col";
    const body = element("tbody", "", table);
    for (const row of result.rows) {
      const line = element("tr", "", body);
      for (const cell of row) element("td", "", line, cell);
    }
  }

  return { draw };
}
