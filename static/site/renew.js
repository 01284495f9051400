// Renews what a page says of a job at work, and loads the page anew once it is done. Without it the page renews itself.
const EVERY = 3000; // milliseconds

async function renew(shown) {
  try {
    const answer = await fetch(location.href);
    if (!answer.ok) throw new Error("no answer");
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.querySelector("[data-renew]");
    if (!fresh) {
      location.reload();
      return;
    }
    shown.replaceChildren(...fresh.childNodes);
  } catch {
    // Asked again below: the server may be away for a moment.
  }
  setTimeout(renew, EVERY, shown);
}

const job = document.querySelector("[data-renew]");
if (job) setTimeout(renew, EVERY, job);
