// Asks for a run of the whole page when a board gets no answer.
//
// A board lives in a fragment and can ask for that fragment only, which a server that was started
// anew does not know before the whole page has run; Streamlit does not always see to that.

export default function ({ setStateValue }) {
  const wake = () => setStateValue("unanswered", Date.now());
  window.addEventListener("labeller-unanswered", wake);
  return () => window.removeEventListener("labeller-unanswered", wake);
}
