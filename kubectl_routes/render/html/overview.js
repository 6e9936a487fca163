// All rows at a glance: a lane a table, a bar a row or a few. The height of a bar tells the state
// as its colour does: what is wrong is tall, what is well is low, what is unknown is broken.

const FEWEST = 40; // rows from which a glance helps
const WIDEST = 12; // pixels of a bar
const HEIGHTS = { conflict: 1, shadowed: 1, missing: 1, unknown: 0.8, pending: 0.6, ok: 0.3, skipped: 0.1 };
const overview = byId("overview");

function glance() {
  overview.hidden = rows.length < FEWEST || !shown.length;
  if (overview.hidden) return;
  const tables = shownTables();
  const lanes = tables.map((table) => lane(data.tables[table], table));
  overview.replaceChildren(...lanes);
  tables.forEach((table, place) => paint(lanes[place].querySelector("canvas"), table));
}

function lane({ label, id }, table) {
  const bad = shown.filter((row) => ["conflict", "shadowed", "missing"].includes(
    data.states[stateOf(row, table)][0])).length;
  return made("div", { class: "lane" }, made("span", { title: id }, label),
    made("small", {}, `✗ ${number(bad)} / ${number(shown.length)}`), made("canvas", {}));
}

function paint(canvas, table) {
  const scale = devicePixelRatio || 1;
  const width = canvas.clientWidth;
  const tall = canvas.clientHeight;
  canvas.width = width * scale;
  canvas.height = tall * scale;
  const pen = canvas.getContext("2d");
  pen.scale(scale, scale);
  const bar = Math.min(WIDEST, width / shown.length);
  const bars = Math.min(shown.length, Math.floor(width));
  const colours = barColours();
  for (let place = 0; place < bars; place += 1) {
    const [name] = data.states[worst(place, bars, table)];
    const top = tall * (1 - HEIGHTS[name]);
    const thick = shown.length > bars ? width / bars : bar;
    pen.fillStyle = colours[name];
    if (name === "unknown") {
      for (let y = top; y < tall; y += 4) pen.fillRect(place * thick, y, thick, 2);
    } else {
      pen.fillRect(place * thick, top, Math.max(thick - (thick > 3 ? 1 : 0), 0.6), tall - top);
    }
  }
  canvas.onclick = (event) => jump(event.offsetX / (bars * (shown.length > bars ? width / bars : bar)));
}

/** The worst state among the rows that share a bar. */
function worst(place, bars, table) {
  const first = Math.floor((place * shown.length) / bars);
  const last = Math.max(first + 1, Math.floor(((place + 1) * shown.length) / bars));
  let found = data.states.length - 1;
  for (let row = first; row < last; row += 1) found = Math.min(found, stateOf(shown[row], table));
  return found;
}

function barColours() {
  const style = getComputedStyle(document.documentElement);
  return Object.fromEntries(
    data.states.map(([name]) => [name, style.getPropertyValue(`--${name}-bar`)]));
}

function jump(share) {
  if (share <= 1) move(Math.floor(share * shown.length), active.column);
}
