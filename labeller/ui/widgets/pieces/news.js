// Tells a board at once what the server has to say, apart from the board's own data.

export default function ({ data }) {
  window.dispatchEvent(new CustomEvent(`labeller-${data.event}`, { detail: data }));
}
