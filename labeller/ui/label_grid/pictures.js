// Receives the pictures of the cards, apart from the grid, so that an answer sends none of them.

const SHARED = (globalThis.labellerGrid ??= { models: new Map(), pictures: new Map() });

export default function ({ data }) {
  const known = SHARED.pictures.get(data.session) ?? { sheets: new Map() };
  known.strip = data.strip;
  for (const [name, sheet] of Object.entries(data.sheets)) {
    known.sheets.set(name, sheet);
    // Decoded ahead of need, so that the next card is painted at once.
    for (const uri of [sheet.centre, sheet.medoid, sheet.member?.uri]) {
      if (uri) Object.assign(new Image(), { src: uri }).decode().catch(() => {});
    }
  }
  SHARED.pictures.set(data.session, known);
  window.dispatchEvent(new Event("labeller-pictures"));
}
