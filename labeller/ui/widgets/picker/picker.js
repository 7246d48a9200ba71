// Rows of pictures, each a button that sends its number.

export default function ({ data, parentElement, setTriggerValue }) {
  let root = parentElement.querySelector(".picker");
  if (!root) {
    root = document.createElement("div");
    root.className = "picker";
    parentElement.append(root);
  }
  root.replaceChildren(...data.rows.flatMap((row) => rowOf(row, data.chosen, setTriggerValue)));
}

function rowOf(row, chosen, send) {
  const name = document.createElement("b");
  name.textContent = row.name; // text, never markup: people name classes
  const line = document.createElement("div");
  for (const picture of row.pictures) {
    const button = document.createElement("button");
    const image = document.createElement("img");
    button.type = "button";
    button.title = `image ${picture.number}: where does its label come from?`;
    button.setAttribute("aria-label", `image ${picture.number} of ${row.name}`);
    button.setAttribute("aria-pressed", String(picture.number === chosen));
    image.src = picture.uri;
    image.alt = "";
    image.classList.toggle("photo", row.photo);
    button.append(image);
    button.addEventListener("click", () => send("picked", picture.number));
    line.append(button);
  }
  return [name, line];
}
