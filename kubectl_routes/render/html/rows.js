// The data of the page, and which of its rows are shown, in which order.

const data = JSON.parse(byId("data").textContent);
const rows = data.nodes.map(decoded);
const natural = new Intl.Collator("en", { numeric: true }).compare;
const everything = {
  text: "", table: -1, vSwitch: -1, problems: false, finding: -1, states: new Set(),
};
const filter = { ...everything, states: new Set() };
const sorting = { by: -1, down: false }; // a column of the matrix; -1: as Python gave them

function byId(id) {
  return document.getElementById(id);
}

function decoded([name, instance, cidr, vSwitch, own, skipped, problem, cells], place) {
  const codes = new Set(cells.map((cell) => data.looks[cell][6]));
  const names = [name, instance, cidr, data.vSwitches[vSwitch] ?? "", skipped, ...codes];
  const searched = names.join("\n").toLowerCase();
  return { place, name, instance, cidr, vSwitch, own, skipped, problem, cells, searched };
}

/** The places of the tables that have a column now. */
function shownTables() {
  return filter.table < 0 ? [...data.tables.keys()] : [filter.table];
}

function stateOf(row, table) {
  return data.looks[row.cells[table]][0];
}

/** The rows that pass the filter, in order. Every word of the search has to occur. */
function matching() {
  const sought = filter.text.toLowerCase().split(/\s+/).filter(Boolean);
  const named = filter.finding < 0 ? null : new Set(data.findings[filter.finding].nodes);
  const tables = shownTables();
  return ordered(rows.filter((row) =>
    (!filter.problems || row.problem) &&
    (filter.vSwitch < 0 || row.vSwitch === filter.vSwitch) &&
    (named === null || named.has(row.place)) &&
    (!filter.states.size || tables.some((table) => filter.states.has(stateOf(row, table)))) &&
    sought.every((word) => row.searched.includes(word))));
}

function ordered(some) {
  const keys = [(row) => row.name, (row) => row.cidr, (row) => data.vSwitches[row.vSwitch] ?? ""];
  const { by, down } = sorting;
  if (by < 0) return some;
  const key = keys[by] ?? ((row) => String(stateOf(row, shownTables()[by - keys.length])));
  const keyed = some.map((row) => [key(row), row]);
  keyed.sort((one, other) => natural(one[0], other[0]) || one[1].place - other[1].place);
  if (down) keyed.reverse();
  return keyed.map(([, row]) => row);
}

/** How many cells of the tables shown have each state, over all rows. */
function counted() {
  const counts = data.states.map(() => 0);
  for (const table of shownTables()) {
    for (const row of rows) counts[stateOf(row, table)] += 1;
  }
  return counts;
}

function worded(name, values) {
  return data.words[name].replace(/\{(\w+)\}/g, (_, key) => values[key]);
}

function number(value) {
  return value.toLocaleString("en-US");
}

function made(tag, attributes, ...content) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...content);
  return element;
}
