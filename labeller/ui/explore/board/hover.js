// Fetches the pictures around the mouse in a fragment of its own, so that nothing else runs again.

export default function ({ data, setStateValue }) {
  for (const [image, tile] of Object.entries(data.tiles)) {
    TILES.set(`${data.session} ${image}`, tile);
  }
  for (const name of TILES.keys()) {
    if (TILES.size <= MOST_TILES) break;
    TILES.delete(name);
  }
  window.dispatchEvent(new Event("labeller-pictures"));
  const want = ({ detail }) => setStateValue("want", detail);
  window.addEventListener("labeller-hover", want);
  return () => window.removeEventListener("labeller-hover", want);
}
