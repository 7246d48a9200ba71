// Receives the pictures of a component, apart from it, so that an answer sends none of them.

const SHARED = (globalThis.labellerBoards ??= { models: new Map(), pictures: new Map() });

// Decoded ahead of need, so that the next one is painted at once.
function decoded(uri) {
  const image = Object.assign(new Image(), { src: uri, decoding: "sync" });
  return image.decode().then(() => image, () => image);
}

export default function ({ data }) {
  const pictures = SHARED.pictures.get(data.session) ?? { sheets: new Map() };
  const waiting = [];
  if (data.strip) pictures.strip = data.strip;
  for (const [name, sheet] of Object.entries(data.sheets)) {
    if (sheet.uri && pictures.sheets.get(name)?.uri === sheet.uri) continue;
    pictures.sheets.set(name, sheet);
    for (const uri of [sheet.centre, sheet.medoid, sheet.member?.uri]) {
      if (uri) waiting.push(decoded(uri));
    }
    // A single picture is handed on as the very element that was decoded.
    if (sheet.uri) waiting.push(decoded(sheet.uri).then((image) => (sheet.image = image)));
  }
  SHARED.pictures.set(data.session, pictures);
  const tell = () => window.dispatchEvent(new Event("labeller-pictures"));
  tell();
  if (waiting.length) Promise.all(waiting).then(tell);
}
