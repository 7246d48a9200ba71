// Rows of pictures, each a button that sends its number.

export default function ({ data, parentElement, setTriggerValue }) {
  let root = parentElement.querySelector(".picker");
  if (!root) parentElement.append((root = el("div", { class: "picker" })));
  root.replaceChildren(...data.rows.flatMap((row) => rowOf(row, data.chosen, setTriggerValue)));
}

function rowOf({ name, photo, pictures }, chosen, send) {
  const buttons = pictures.map(({ number, uri }) =>
    el(
      "button",
      {
        type: "button",
        title: `image ${number}: where does its label come from?`,
        "aria-label": `image ${number} of ${name}`,
        "aria-pressed": String(number === chosen),
        onclick: () => send("picked", number),
      },
      el("img", { src: uri, alt: "", class: photo ? "photo" : "" }),
    ),
  );
  return [el("b", {}, name), el("div", {}, ...buttons)];
}
