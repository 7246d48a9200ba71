// Tells a board which of its entries are committed, before all else that the server has to say.

export default function ({ data }) {
  window.dispatchEvent(new CustomEvent("labeller-confirmed", { detail: data }));
}
