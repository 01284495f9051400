// Fetches how the words are read while they are typed. Without it, the button below the panel shows the same.
const panel = document.querySelector("[data-reading]");
const fields = ["published_start", "published_end", "commitment"]
  .map((name) => document.getElementById(`id_${name}`))
  .filter(Boolean);
const PAUSE = 400; // milliseconds without a key pressed
let waiting;
let asked;

async function read() {
  asked?.abort();
  asked = new AbortController();
  const words = new URLSearchParams(fields.map((field) => [field.name, field.value]));
  try {
    const answer = await fetch(`${panel.dataset.reading}?${words}`, { signal: asked.signal });
    if (!answer.ok || answer.redirected) throw new Error("no reading");
    panel.innerHTML = await answer.text();
  } catch (error) {
    if (error.name !== "AbortError") panel.textContent = panel.dataset.failed;
  }
}

function later() {
  clearTimeout(waiting);
  waiting = setTimeout(read, PAUSE);
}

if (panel) {
  for (const field of fields) {
    field.addEventListener("input", later);
    field.addEventListener("change", later);
  }
}
