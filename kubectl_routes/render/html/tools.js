// The tools: search, filters, sorting, copying, printing.

const FOLDED = 3000; // characters; a fold with more in it stays closed on paper, but for the checks

/** Show what the filter says now; ``keep`` leaves the reader where they are. */
function update(keep) {
  grid.tBodies[0].ariaBusy = "true";
  heads();
  show(matching(), keep);
  glance();
  const told = [worded("shown", { shown: number(shown.length), all: number(rows.length) })];
  if (filter.finding >= 0) told.push(worded("only_of", data.findings[filter.finding]));
  byId("count").textContent = told.join(", ");
  stateButtons();
  grid.tBodies[0].ariaBusy = "false";
}

function stateButtons() {
  const place = byId("states");
  const counts = counted();
  if (!place.children.length) {
    place.append(...data.states.map(([name], state) => {
      const button = made("button", { type: "button", class: name });
      button.addEventListener("click", () => toggle(state));
      return button;
    }));
  }
  data.states.forEach(([, sign, label], state) => {
    const button = place.children[state];
    const on = filter.states.has(state);
    button.hidden = counts[state] === 0 && !on;
    button.textContent = `${sign} ${label} ${number(counts[state])}`;
    button.setAttribute("aria-pressed", on);
  });
}

function toggle(state) {
  if (!filter.states.delete(state)) filter.states.add(state);
  update();
}

function sortBy(event) {
  const head = event.target.closest("thead th");
  if (!head) return;
  const tables = shownTables();
  const place = head.cellIndex;
  const column = place < ABOUT ? place : ABOUT + tables.indexOf(place - ABOUT);
  if (sorting.by !== column) Object.assign(sorting, { by: column, down: false });
  else if (!sorting.down) sorting.down = true;
  else Object.assign(sorting, { by: -1, down: false });
  update();
}

function chooseTable(value) {
  Object.assign(sorting, { by: -1, down: false });
  filter.table = value;
  update();
}

function reset() {
  Object.assign(filter, { ...everything, states: new Set() });
  Object.assign(sorting, { by: -1, down: false });
  byId("search").value = "";
  byId("table").value = byId("vswitch").value = "-1";
  byId("problems").checked = false;
  update();
}

function onlyFinding(place) {
  reset();
  filter.finding = place;
  update();
  byId("matrix").scrollIntoView();
  grid.focus({ preventScroll: true });
}

function onlyVSwitch(id) {
  filter.vSwitch = data.vSwitches.indexOf(id);
  byId("vswitch").value = String(filter.vSwitch);
  update();
  byId("matrix").scrollIntoView();
}

async function copy(button) {
  const code = button.parentElement.querySelector("code");
  try {
    await navigator.clipboard.writeText(code.textContent);
  } catch {
    getSelection().selectAllChildren(code); // where no clipboard is granted, select it at least
    document.execCommand("copy");
  }
  const label = button.textContent;
  button.textContent = data.words.copied;
  setTimeout(() => { button.textContent = label; }, 1500);
}

function wireTools() {
  byId("tools").hidden = false;
  byId("search").addEventListener("input", (event) => { filter.text = event.target.value; update(); });
  byId("table").addEventListener("change", (event) => chooseTable(Number(event.target.value)));
  byId("vswitch").addEventListener("change", (event) => {
    filter.vSwitch = Number(event.target.value);
    update();
  });
  byId("problems").addEventListener("change", (event) => {
    filter.problems = event.target.checked;
    update();
  });
  byId("signs").addEventListener("change", (event) => {
    byId("matrix").className = event.target.checked ? "signs" : byId("matrix").dataset.words;
  });
  byId("reset").addEventListener("click", reset);
  grid.tHead.addEventListener("click", sortBy);
  addEventListener("keydown", (event) => {
    const typing = ["INPUT", "SELECT"].includes(document.activeElement.tagName);
    if (event.key !== "/" || typing || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    byId("search").focus();
  });
  addEventListener("beforeprint", beforePrint);
  addEventListener("afterprint", afterPrint);
  addEventListener("resize", glance);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", glance);
}

function wireFindings() {
  for (const button of document.querySelectorAll("[data-finding]")) {
    button.hidden = false;
    button.addEventListener("click", () => onlyFinding(Number(button.dataset.finding)));
  }
  for (const box of document.querySelectorAll("[data-vswitch]")) {
    box.setAttribute("tabindex", "0");
    box.setAttribute("role", "button");
    box.addEventListener("click", () => onlyVSwitch(box.dataset.vswitch));
    box.addEventListener("keydown", (event) => {
      if (event.key === "Enter") onlyVSwitch(box.dataset.vswitch);
    });
  }
}

for (const button of document.querySelectorAll(".copy")) {
  button.hidden = false;
  button.addEventListener("click", () => copy(button));
}
// On paper nothing unfolds: what is short enough is open there.
const opened = [];
addEventListener("beforeprint", () => {
  for (const fold of document.querySelectorAll("main details:not([open])")) {
    if (fold.textContent.length > FOLDED && !fold.closest("#checks")) continue;
    fold.open = true;
    opened.push(fold);
  }
});
addEventListener("afterprint", () => {
  for (const fold of opened.splice(0)) fold.open = false;
});
if (rows.length) {
  takeOver();
  wireTools();
  wireFindings();
  update();
}
