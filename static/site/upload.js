// Shows how far the work on an upload is, and loads the page anew once it is done. Without it the page renews itself.
const bar = document.querySelector("[data-progress]");
const EVERY = 1000; // milliseconds

async function look() {
  try {
    const answer = await fetch(bar.dataset.progress);
    if (!answer.ok || answer.redirected) throw new Error("no progress");
    const state = await answer.json();
    if (!state.working) {
      location.reload();
      return;
    }
    bar.max = state.total || 1;
    bar.value = state.done;
    document.querySelector("[data-done]").textContent = state.done;
    document.querySelector("[data-total]").textContent = state.total;
  } catch {
    // Asked again below: the server may be away for a moment.
  }
  setTimeout(look, EVERY);
}

if (bar) setTimeout(look, EVERY);
