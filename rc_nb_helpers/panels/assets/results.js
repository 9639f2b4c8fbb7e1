// The part that shows the answer to an API call: as a table, a tree, JSON, and a picture where one was made. What is
// sorted, cut, turned over and copied is the kernel's business, which has the whole answer.

function results({ root, press, isResting }) {
  const COPIES = { python: say("answer.copy-python"), curl: say("answer.copy-curl"), csv: say("answer.copy-csv") };
  const COPIED = { python: say("answer.copied-python"), curl: say("answer.copied-curl"), csv: say("answer.copied-csv") };
  const frame = element("div", "rc-result", root);
  const shown = element("div", "", frame);
  const copies = element("div", "rc-copied", frame);
  const copyNote = element("p", "rc-note", copies);
  copyNote.setAttribute("aria-live", "polite");
  const copyText = element("textarea", "", copies);
  copyText.readOnly = true;
  copyText.rows = 5;
  copyText.setAttribute("aria-label", say("answer.copied"));
  copies.hidden = true;
  const own = `rc-result-${Math.random()}`.replace("0.", "");
  let chosen = ""; // the tab that a person has chosen
  let wantsCopy = ""; // what this page's person wants in the clipboard
  let hasPlot = false;

  function draw(view, details) {
    const result = details.result;
    const wanted = JSON.stringify(result || "");
    if (shown.dataset.wanted !== wanted) {
      shown.dataset.wanted = wanted;
      const focused = shown.contains(document.activeElement) && document.activeElement.dataset.keep;
      const plotted = !!result?.plot;
      if (plotted && !hasPlot) chosen = "picture";
      hasPlot = plotted;
      shown.replaceChildren();
      if (!result) copies.hidden = true;
      else drawResult(result);
      if (focused) (shown.querySelector(`[data-keep="${focused}"]`) || shown.querySelector("[role=tab][tabindex='0']"))?.focus();
    }
    for (const control of shown.querySelectorAll("[data-press]")) {
      const rests = control.dataset.press === "next-page" && isResting(view, control.dataset.value);
      control.setAttribute("aria-disabled", String(!!view.busy || rests));
    }
  }

  function drawResult(result) {
    element("p", "rc-line", shown, result.line);
    element("p", "rc-note rc-answer-facts", shown, result.facts);
    const tabs = [];
    if (result.columns) tabs.push(["table", say("answer.table"), (panel) => drawTable(panel, result)]);
    if (result.tree) tabs.push(["tree", say("answer.tree"), (panel) => result.tree.forEach((node) => drawNode(element("div", "rc-tree", panel), node, true))]);
    if (result.json) tabs.push(["json", "JSON", (panel) => drawJson(panel, result)]);
    if (result.plot) tabs.push(["picture", say("answer.picture"), (panel) => drawPicture(panel, result.plot)]);
    if (tabs.length) drawTabs(tabs);
    drawActions(result);
  }

  // https://www.w3.org/WAI/ARIA/apg/patterns/tabs/: the arrows choose, Tab leads on to what is shown.
  function drawTabs(tabs) {
    const list = element("div", "rc-tabs", shown);
    list.setAttribute("role", "tablist");
    list.setAttribute("aria-label", say("answer.show-as"));
    const panel = element("div", "rc-tab-panel", shown);
    panel.id = `${own}-panel`;
    panel.setAttribute("role", "tabpanel");
    const choose = (name) => {
      const [id, , fill] = tabs.find((tab) => tab[0] === name) || tabs[0];
      for (const tab of list.children) {
        const isIt = tab.dataset.tab === id;
        tab.setAttribute("aria-selected", String(isIt));
        tab.tabIndex = isIt ? 0 : -1;
        if (isIt) panel.setAttribute("aria-labelledby", tab.id);
      }
      panel.replaceChildren();
      fill(panel);
    };
    for (const [name, label] of tabs) {
      const tab = element("button", "", list, label);
      tab.type = "button";
      tab.id = `${own}-${name}`;
      tab.dataset.tab = tab.dataset.keep = name;
      tab.setAttribute("role", "tab");
      tab.setAttribute("aria-controls", panel.id);
      tab.addEventListener("click", () => choose((chosen = name)));
    }
    list.addEventListener("keydown", (event) => {
      const at = [...list.children].indexOf(document.activeElement);
      const last = tabs.length - 1;
      const to = { ArrowRight: at < last ? at + 1 : 0, ArrowLeft: at > 0 ? at - 1 : last, Home: 0, End: last }[event.key];
      if (to === undefined) return;
      event.preventDefault();
      list.children[to].focus();
      choose((chosen = tabs[to][0]));
    });
    choose(chosen);
  }

  function drawTable(panel, result) {
    const box = scrolling(panel, result.caption);
    const table = element("table", "", box);
    element("caption", "", table, result.caption);
    const head = element("tr", "", element("thead", "", table));
    result.columns.forEach((column, index) => {
      const cell = element("th", "", head);
      cell.scope = "col";
      const sorts = pressing(cell, column, "sort", String(index), `sort-${index}`);
      if (result.sort_column !== index) return;
      cell.setAttribute("aria-sort", result.sort_order);
      element("span", "", sorts, result.sort_order === "ascending" ? " ▲" : " ▼").setAttribute("aria-hidden", "true");
    });
    fillRows(table, result.rows);
    if (result.more_rows) pressing(panel, result.more_rows, "more-rows", "", "more-rows");
  }

  function fillRows(table, rows) {
    const body = element("tbody", "", table);
    for (const row of rows) {
      const line = element("tr", "", body);
      for (const cell of row) element("td", "", line, cell);
    }
  }

  function scrolling(panel, name) {
    const box = element("div", "rc-frame", panel);
    box.tabIndex = 0;
    box.setAttribute("role", "group"); // a region would be among the landmarks of the page, and two panels show the same list
    box.setAttribute("aria-label", name);
    return box;
  }

  // What is inside is drawn when somebody opens it: an answer may be large.
  function drawNode(parent, node, isOpen) {
    if (!node.nodes?.length) {
      const line = element("p", "", parent);
      if (node.name) element("span", "rc-key", line, `${node.name}: `);
      element("span", "", line, node.text);
      return;
    }
    const branch = element("details", "", parent);
    const line = element("summary", "", branch);
    element("span", "rc-key", line, node.name || say("answer.answer"));
    element("span", "rc-note", line, ` (${node.text})`);
    const inside = element("div", "rc-branch", branch);
    const fill = () => !inside.childElementCount && node.nodes.forEach((node) => drawNode(inside, node, false));
    line.addEventListener("click", fill); // also by Enter; the toggle comes later, and so would what is inside
    if (isOpen) fill();
    branch.open = isOpen;
  }

  function drawJson(panel, result) {
    if (result.json_note) element("p", "rc-note", panel, result.json_note);
    element("pre", "", panel, result.json).tabIndex = 0;
  }

  function drawPicture(panel, plot) {
    const picture = element("img", "rc-plot", panel);
    picture.alt = plot.text;
    picture.src = plot.image;
    const numbers = element("details", "", panel);
    element("summary", "", numbers, say("answer.numbers"));
    const table = element("table", "", scrolling(numbers, say("answer.numbers")));
    const head = element("tr", "", element("thead", "", table));
    for (const column of plot.columns) element("th", "", head, column).scope = "col";
    fillRows(table, plot.rows);
  }

  function drawActions(result) {
    const row = element("div", "rc-actions", shown);
    if (result.next_page) pressing(row, say("answer.next-page"), "next-page", result.call, "next-page");
    if (result.can_plot && !result.plot) pressing(row, say("answer.draw"), "plot", "", "plot");
    for (const kind of result.copies || []) {
      const copy = pressing(row, COPIES[kind], "copy", kind, kind);
      copy.addEventListener("click", () => (wantsCopy = copy.getAttribute("aria-disabled") === "true" ? wantsCopy : kind));
    }
    if (!row.childElementCount) row.remove();
  }

  // A button whose press the kernel works off. The focus finds it again when all is drawn anew.
  function pressing(parent, label, id, value, keep) {
    const control = element("button", "", parent, label);
    control.type = "button";
    control.dataset.press = id;
    control.dataset.value = value;
    control.dataset.keep = keep;
    control.addEventListener("click", () => control.getAttribute("aria-disabled") !== "true" && press(id, id === "plot" ? look() : value));
    return control;
  }

  // A picture has a background of its own, so it is drawn for the page as it is now.
  function look() {
    return root.closest('[data-jp-theme-light="false"]') ? "dark" : "light";
  }

  // A browser may refuse to write into the clipboard, for example when the answer was long in coming. So what was copied
  // also stands here.
  async function hear(message) {
    const copied = message?.copied;
    if (!copied || copied.kind !== wantsCopy) return;
    wantsCopy = "";
    copies.hidden = false;
    copyText.value = copied.text;
    try {
      await navigator.clipboard.writeText(copied.text);
      setText(copyNote, COPIED[copied.kind]);
    } catch {
      copyText.select();
      setText(copyNote, document.execCommand("copy") ? COPIED[copied.kind] : say("answer.cannot-copy"));
    }
  }

  return { draw, hear };
}
