// The matrix: only the rows in sight are in the page, however many there are.

const MARGIN = 12; // rows kept above and below those in sight
const PRINTED = 1000; // rows that go on paper
const ABOUT = 3; // columns before the tables
const grid = byId("grid");
const scroller = byId("scroller");
const active = { row: 0, column: 0 };
let shown = rows;
let drawn = [0, -1];
let height = 29;

/** Show those rows from the top, or from where the reader is. */
function show(some, keep) {
  shown = some;
  active.row = Math.max(0, Math.min(active.row, shown.length - 1));
  if (!keep) {
    active.row = 0;
    scroller.scrollTop = 0;
  }
  grid.setAttribute("aria-rowcount", shown.length + 1);
  drawn = [0, -1];
  draw();
}

/** Put the rows in sight into the page. */
function draw() {
  const first = Math.max(0, Math.floor(scroller.scrollTop / height) - MARGIN);
  const sight = Math.ceil(innerHeight / height) + 2 * MARGIN;
  const last = Math.min(shown.length, first + sight);
  if (first === drawn[0] && last === drawn[1]) return;
  drawn = [first, last];
  fill(first, last);
}

function fill(first, last) {
  const body = grid.tBodies[0];
  const content = shown.slice(first, last).map((row, place) => line(row, first + place));
  if (!shown.length) content.push(message(data.words.none_shown));
  body.replaceChildren(space(first), ...content, space(shown.length - last));
  mark();
}

function space(count) {
  const row = made("tr", { "aria-hidden": "true" });
  row.style.height = `${count * height}px`;
  row.hidden = count === 0;
  return row;
}

function message(text) {
  return made("tr", {}, made("td", { colspan: ABOUT + shownTables().length }, text));
}

function line(row, place) {
  const element = made("tr", { role: "row", "aria-rowindex": place + 2 },
    made("th", { scope: "row", class: "node", title: row.name }, row.name),
    made("td", { class: "pod_cidr", title: row.cidr }, row.cidr || "?"),
    made("td", { class: "vswitch" }, data.vSwitches[row.vSwitch] ?? "?"));
  for (const table of shownTables()) element.append(cell(row, table));
  element.dataset.place = place;
  return element;
}

function cell(row, table) {
  const [state, say, outlook, detail] = data.looks[row.cells[table]];
  const [name, sign] = data.states[state];
  const own = row.own === table;
  const title = [say, outlook, detail, own ? data.words.own : ""].filter(Boolean).join("\n");
  return made("td", { class: `cell ${name}${own ? " own" : ""}`, title },
    made("span", { class: "sign", "aria-hidden": "true" }, sign), " ",
    made("span", { class: "say" }, say));
}

/** Mark the active cell, if it is in the page, and tell what it says. */
function mark() {
  byId("active")?.removeAttribute("id");
  const row = grid.querySelector(`tr[data-place="${active.row}"]`);
  const found = row?.children[active.column];
  if (found) {
    found.id = "active";
    grid.setAttribute("aria-activedescendant", "active");
  } else {
    grid.removeAttribute("aria-activedescendant");
  }
  tell();
}

/** What the selected cell says, in full. */
function tell() {
  const row = shown[active.row];
  const place = byId("detail");
  place.hidden = !row || !grid.classList.contains("used");
  if (place.hidden) return;
  const told = [[data.words.node, row.name], [data.words.instance, row.instance || "?"],
    [data.words.pod_cidr, row.cidr || "?"], [data.words.vswitch, data.vSwitches[row.vSwitch] ?? "?"]];
  const list = made("dl", {}, ...told.map(([name, value]) => pair(name, value)));
  if (row.skipped) list.append(pair("–", row.skipped));
  const table = shownTables()[active.column - ABOUT];
  if (table !== undefined) list.append(...cellTold(row, table));
  place.replaceChildren(list);
}

function cellTold(row, table) {
  const [state, say, outlook, detail, hop, entry, code] = data.looks[row.cells[table]];
  const { id, label, managed } = data.tables[table];
  const marks = [label, managed ? "" : data.words.unmanaged, row.own === table ? data.words.own : ""];
  const told = [pair(data.words.table, `${id} (${marks.filter(Boolean).join(", ")})`),
    pair(data.states[state][1], [say, outlook, detail].filter(Boolean).join("; "))];
  if (hop) told.push(pair(data.words.next_hop, hop));
  if (entry) told.push(pair(data.words.entry, entry));
  const finding = data.findings.findIndex((one) => one.code === code);
  if (finding >= 0) {
    told.push(pair("", made("a", { href: `#finding-${finding}` }, code)));
  }
  return told;
}

function pair(name, value) {
  return made("div", {}, made("dt", {}, name), made("dd", {}, value));
}

/** Move the selection and bring it into sight. */
function move(row, column) {
  active.row = Math.max(0, Math.min(row, shown.length - 1));
  active.column = Math.max(0, Math.min(column, ABOUT + shownTables().length - 1));
  const head = grid.tHead.offsetHeight;
  const top = active.row * height;
  const bottom = top + height + head + 16;
  if (top < scroller.scrollTop) scroller.scrollTop = top;
  else if (bottom > scroller.scrollTop + scroller.clientHeight) {
    scroller.scrollTop = bottom - scroller.clientHeight;
  }
  draw();
  mark();
  sideways(byId("active"), grid.querySelector("th.node").offsetWidth);
}

/** Bring a cell into sight between the names, which stay where they are, and the right edge. */
function sideways(found, names) {
  if (!found || active.column === 0) return;
  const left = found.offsetLeft - names;
  const right = found.offsetLeft + found.offsetWidth - scroller.clientWidth;
  scroller.scrollLeft = Math.min(left, Math.max(right, scroller.scrollLeft));
}

/** From the first visit on, the selection and what it says are shown. */
function visited() {
  grid.classList.add("used");
  tell();
}

function pressed(event) {
  const page = Math.max(1, Math.floor(scroller.clientHeight / height) - 2);
  const ends = event.ctrlKey || event.metaKey;
  const last = shown.length - 1;
  const steps = {
    ArrowDown: [active.row + 1, active.column], ArrowUp: [active.row - 1, active.column],
    ArrowLeft: [active.row, active.column - 1], ArrowRight: [active.row, active.column + 1],
    PageDown: [active.row + page, active.column], PageUp: [active.row - page, active.column],
    Home: [ends ? 0 : active.row, 0], End: [ends ? last : active.row, Infinity],
  };
  if (event.target !== grid) return;
  if (event.key === "Enter") byId("detail").querySelector("a")?.click();
  if (!(event.key in steps)) return;
  event.preventDefault();
  move(...steps[event.key]);
}

function clicked(event) {
  const found = event.target.closest("tbody th, tbody td");
  const place = found?.parentElement.dataset.place;
  if (place === undefined) return;
  visited();
  move(Number(place), found.cellIndex);
}

/** The columns of the tables shown; a button in each head sorts by it. */
function heads() {
  const tables = shownTables();
  grid.style.setProperty("--tables", tables.length);
  [...grid.tHead.rows[0].cells].forEach((head, place) => {
    head.hidden = place >= ABOUT && !tables.includes(place - ABOUT);
    const column = place < ABOUT ? place : ABOUT + tables.indexOf(place - ABOUT);
    const here = !head.hidden && column === sorting.by;
    if (here) head.setAttribute("aria-sort", sorting.down ? "descending" : "ascending");
    else head.removeAttribute("aria-sort");
    grid.querySelectorAll("col")[place].hidden = head.hidden;
  });
}

/** Columns as wide as what stands in them, within bounds: nothing is cut, and little is empty. */
function measure() {
  const wide = /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\uff00-\uff60]/g;
  const columns = (text) => text.length + (text.match(wide)?.length ?? 0);
  const width = (name, texts, most) => {
    const longest = texts.reduce((found, text) => Math.max(found, columns(text)), 8);
    scroller.style.setProperty(name, `${Math.min(longest, most) + 2}ch`);
  };
  width("--name", rows.map((row) => row.name), 48);
  width("--cidr", rows.map((row) => row.cidr), 43);
  width("--switch", data.vSwitches, 30);
  const said = data.looks.map(([, say]) => `! ${say} `);
  width("--cell", [...said, ...data.tables.map((one) => one.label)], 32);
}

/** Take over the table that Python wrote. */
function takeOver() {
  grid.classList.add("live");
  grid.setAttribute("role", "grid");
  grid.tabIndex = 0;
  measure();
  for (const head of grid.tHead.rows[0].cells) {
    const [label, ...rest] = head.childNodes;
    head.replaceChildren(made("button", { type: "button" }, label.textContent), ...rest);
  }
  const first = grid.tBodies[0].rows;
  if (first.length > 1) height = first[1].offsetTop - first[0].offsetTop || height;
  grid.addEventListener("keydown", pressed);
  grid.addEventListener("click", clicked);
  grid.addEventListener("focus", visited);
  scroller.addEventListener("scroll", draw, { passive: true });
  addEventListener("resize", draw);
}

/** On paper nothing scrolls: as many rows as are worth it, and a word about the rest. */
function beforePrint() {
  const left = byId("printed");
  left.hidden = shown.length <= PRINTED;
  left.textContent = worded("printed", { count: number(PRINTED), all: number(shown.length) });
  const body = grid.tBodies[0];
  body.replaceChildren(...shown.slice(0, PRINTED).map(line));
  drawn = [0, -1];
}

function afterPrint() {
  byId("printed").hidden = true;
  draw();
}
