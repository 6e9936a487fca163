// All rows at a glance: a lane a table, a bar a row or a few. The height of a bar shows the state
// as its colour does: what is wrong is tall, what is well is low, what is unknown is broken.

const FEWEST = 40; // rows from which a glance helps
const WRONG = new Set(["conflict", "shadowed", "missing"]);
const HEIGHTS = { conflict: 1, shadowed: 1, missing: 1, unknown: 0.8, pending: 0.6, ok: 0.3, skipped: 0.1 };
let due = 0; // the frame that it will be drawn in
const overview = byId("overview");

/** Draw it before the next frame; what comes before then is drawn once. */
function glance() {
  if (!due) due = requestAnimationFrame(drawGlance);
}

function drawGlance() {
  due = 0;
  overview.hidden = rows.length < FEWEST || !shown.length;
  if (overview.hidden) return;
  const tables = shownTables();
  if (overview.children.length !== tables.length) overview.replaceChildren(...tables.map(lane));
  const lanes = [...overview.children];
  const { clientWidth: width, clientHeight: tall } = lanes[0].querySelector("canvas");
  const colours = barColours();
  tables.forEach((table, place) => {
    const [name, told, canvas] = lanes[place].children;
    name.textContent = data.tables[table].label;
    name.title = data.tables[table].id;
    const counts = { wrong: number(wrong(table)), all: number(shown.length) };
    told.textContent = `✗ ${counts.wrong} / ${counts.all}`;
    canvas.setAttribute("aria-label",
      worded("lane", { table: data.tables[table].label, ...counts }));
    paint(canvas, table, width, tall, colours);
  });
}

function lane() {
  const canvas = made("canvas", { role: "img" });
  canvas.addEventListener("click", (event) => jump(event.offsetX / canvas.clientWidth));
  return made("div", { class: "lane" }, made("span", {}),
    made("small", { "aria-hidden": "true" }), canvas);
}

/** How many of the rows shown have a route that is wrong in a table. */
function wrong(table) {
  return shown.reduce((sum, row) => sum + (WRONG.has(data.states[stateOf(row, table)][0]) ? 1 : 0), 0);
}

function paint(canvas, table, width, tall, colours) {
  const scale = devicePixelRatio || 1;
  canvas.width = width * scale;
  canvas.height = tall * scale;
  const pen = canvas.getContext("2d");
  pen.scale(scale, scale);
  const bars = Math.min(shown.length, Math.floor(width));
  const thick = width / bars;
  const gap = thick > 3 ? 1 : 0;
  for (let place = 0; place < bars; place += 1) {
    const [name] = data.states[worst(place, bars, table)];
    const top = tall * (1 - HEIGHTS[name]);
    pen.fillStyle = colours[name];
    if (name === "unknown") {
      for (let y = top; y < tall; y += 4) pen.fillRect(place * thick, y, thick - gap, 2);
    } else {
      pen.fillRect(place * thick, top, thick - gap, tall - top);
    }
  }
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
  visited();
  move(Math.floor(share * shown.length), active.column);
}
