// The part that shows a link in pieces, and the answer to it. (Parts use what panel.js has: they become one module with it.)

function pieces({ root }) {
  const link = element("div", "rc-taken-apart");
  root.querySelector(".rc-title").after(link);
  const answer = element("div", "rc-taken-apart", root);

  function draw(view, details) {
    drawPieces(link, details.link, say("pieces.link"));
    drawPieces(answer, details.answer, say("pieces.answer"));
  }

  function drawPieces(place, given, title) {
    const found = given || [];
    const wanted = JSON.stringify(found);
    if (place.dataset.wanted === wanted) return;
    place.dataset.wanted = wanted;
    place.replaceChildren();
    if (!found.length) return;
    element("p", "rc-pieces-title", place, title);
    const address = element("p", "rc-address", place);
    for (const piece of found) if (piece.text) element("span", "", address, piece.text).dataset.colour = piece.colour;
    const list = element("dl", "rc-pieces", place);
    for (const piece of found) drawPiece(element("div", "", list), piece);
  }

  function drawPiece(place, piece) {
    place.dataset.colour = piece.colour;
    place.classList.toggle("rc-absent", !piece.text);
    const name = element("dt", "", place);
    element("b", "", name, piece.name);
    element("code", "", name, piece.value);
    if (piece.purpose) element("dd", "", place, piece.purpose);
    if (piece.protects) {
      const protects = element("dd", "", place);
      element("b", "", protects, say("panel.protects"));
      protects.append(piece.protects);
    }
    if (piece.note) element("dd", "rc-amiss", place, piece.note);
    if (!/^https:\/\//.test(piece.link)) return;
    const more = element("dd", "rc-source", place);
    leadTo(more, piece.source, piece.link);
    more.append(" · ");
    leadBeside(more, say("panel.glossary"), `glossary.ipynb#${piece.name}`);
  }

  return { draw };
}
