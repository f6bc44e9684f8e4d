// Squarified tree map (Bruls, Huizing, van Wijk 2000): areas by weight, cells as square as can be.

/** @param items [{ weight }] sorted by falling weight @returns the same items' boxes [{ x, y, w, h }] in shares of one */
export function squarify(items, width, height) {
  const total = items.reduce((sum, each) => sum + each.weight, 0);
  const areas = items.map((each) => (each.weight / total) * width * height);
  const boxes = [];
  let box = { x: 0, y: 0, w: width, h: height };
  let row = [];
  let at = 0;
  while (at < areas.length) {
    const side = Math.min(box.w, box.h);
    const grown = [...row, areas[at]];
    if (row.length === 0 || worst(grown, side) <= worst(row, side)) {
      row = grown;
      at++;
    } else {
      box = lay(row, box, boxes);
      row = [];
    }
  }
  if (row.length) lay(row, box, boxes);
  return boxes.map((each) => ({ x: each.x / width, y: each.y / height, w: each.w / width, h: each.h / height }));
}

function worst(row, side) {
  const sum = row.reduce((all, each) => all + each, 0);
  const most = Math.max(...row);
  const least = Math.min(...row);
  return Math.max((side * side * most) / (sum * sum), (sum * sum) / (side * side * least));
}

/** Puts a row along the shorter side and gives what is left of the box. */
function lay(row, box, boxes) {
  const sum = row.reduce((all, each) => all + each, 0);
  if (box.w >= box.h) {
    const w = sum / box.h;
    let { y } = box;
    for (const area of row) {
      boxes.push({ x: box.x, y, w, h: area / w });
      y += area / w;
    }
    return { x: box.x + w, y: box.y, w: box.w - w, h: box.h };
  }
  const h = sum / box.w;
  let { x } = box;
  for (const area of row) {
    boxes.push({ x, y: box.y, w: area / h, h });
    x += area / h;
  }
  return { x: box.x, y: box.y + h, w: box.w, h: box.h - h };
}
