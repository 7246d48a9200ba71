// Tells a person by a notification of the browser that a job has ended while they looked elsewhere.

// The job that they asked about, and its title; it is kept while the page is drawn again.
const WANTED = "labeller tell";

function wanted() {
  try {
    return JSON.parse(sessionStorage.getItem(WANTED));
  } catch {
    return null;
  }
}

function want(job) {
  if (job) sessionStorage.setItem(WANTED, JSON.stringify(job));
  else sessionStorage.removeItem(WANTED);
}

// Whether the wanted job has ended; if so, and nobody looks, it is told.
function tell(ended) {
  const job = wanted();
  const now = job && ended.find(({ id }) => id === job.id);
  if (!now) return;
  want(null);
  if (document.visibilityState === "hidden" && window.Notification?.permission === "granted") {
    const notice = new Notification(`${now.title} ${now.words}`, { body: now.project, tag: `labeller ${now.id}` });
    notice.onclick = () => window.focus();
  }
}

async function ask(job, draw) {
  const allowed = window.Notification ? await Notification.requestPermission() : "denied";
  want(allowed === "granted" ? job : null);
  draw(allowed);
}

export default function ({ data, parentElement }) {
  tell(data.ended);
  const button = (parentElement.querySelector("button") ?? parentElement.appendChild(document.createElement("button")));
  const draw = (allowed = window.Notification?.permission ?? "denied") => {
    button.hidden = !data.running;
    const asked = wanted()?.id === data.running?.id;
    button.disabled = asked || allowed === "denied";
    const words = allowed === "denied" ? "This browser shows no notifications" : asked ? "You will be told" : "Tell me when it is done";
    if (button.textContent !== words) button.textContent = words;
  };
  button.onclick = () => ask(data.running, draw);
  draw();
}
