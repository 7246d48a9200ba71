// Pictures of single points, as the mouse meets them.

const TILES = (SHARED.tiles ??= new Map()); // by session and image: { uri, side, photo, name }
const MOST_TILES = 4000;

function tileName(model, image) {
  return `${model.session} ${image}`;
}
