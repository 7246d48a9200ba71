// Receives points from the server, apart from the board: what does not change is not sent again.

export default function ({ data }) {
  if (!data?.length) return;
  const head = unpack(data);
  const points = pointsOf(head.session);
  if (points[head.part] === head.digest) return;
  points[head.part] = head.digest;
  points.take(head);
  window.dispatchEvent(new Event("labeller-points"));
}
