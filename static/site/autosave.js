// Saves a report's draft while it is being written: its texts, not its evidence. Without it the buttons do.
const line = document.querySelector("[data-autosave]");
const form = line && line.closest("form");
let timer = null;
let running = null;
let ended = false;

function typed() {
  const data = new FormData(form);
  for (const name of [...data.keys()]) {
    if (name === "files" || name === "links" || name.endsWith("-file")) data.delete(name);
  }
  data.set("evidence-TOTAL_FORMS", data.get("evidence-INITIAL_FORMS") || "0");
  data.set("_autosave", "1");
  return data;
}

function put(name, value) {
  let field = form.querySelector(`input[name="${name}"]`);
  if (!field) {
    field = document.createElement("input");
    field.type = "hidden";
    field.name = name;
    form.append(field);
  }
  field.value = value;
}

function goOn(saved) {
  form.setAttribute("action", saved.address);
  history.replaceState(null, "", saved.address);
  put("_version", saved.version);
  put("_before", saved.before);
  const time = new Date().toLocaleTimeString(document.documentElement.lang, { hour: "2-digit", minute: "2-digit" });
  line.textContent = line.dataset.saved.replace("{time}", time);
}

async function save() {
  timer = null;
  try {
    const answer = await fetch(form.getAttribute("action") || location.href, { method: "POST", body: typed() });
    ended = ended || answer.status === 409;
    const isSaved = (answer.headers.get("content-type") || "").startsWith("application/json");
    if (isSaved) goOn(await answer.json());
    else line.textContent = answer.status === 409 ? line.dataset.conflict : line.dataset.missing;
  } catch {
    line.textContent = line.dataset.away;
  }
  running = null;
}

if (form) {
  form.addEventListener("input", () => {
    if (!ended && !timer) timer = setTimeout(() => (running = save()), Number(line.dataset.autosave));
  });
  form.addEventListener("submit", (event) => {
    clearTimeout(timer);
    ended = true;
    if (!running) return;
    event.preventDefault(); // a first draft is on its way: wait for it, so that it does not become two
    running.then(() => form.requestSubmit(event.submitter));
  });
}
