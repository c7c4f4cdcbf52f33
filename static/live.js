// Looks now and then how the newest sign-in to an application went, until one worked; without scripts the
// page has a link that does the same.
const EVERY = 2000;
const LONGEST = 20 * 60 * 1000;

const panel = document.querySelector("[data-live]");
const told = () => document.getElementById("status-told");
const began = Date.now();

/** The part as the server tells it now; nothing if it does not answer, or with another page. */
async function fetched() {
  try {
    const answer = await fetch(panel.dataset.live, { redirect: "error", signal: AbortSignal.timeout(10000) });
    const page = new DOMParser().parseFromString(answer.ok ? await answer.text() : "", "text/html");
    return page.getElementById("status-told");
  } catch {
    return null;
  }
}

async function look() {
  if (!document.hidden) {
    const now = await fetched();
    // Only what is news is put in place, and so read out.
    if (now && now.dataset.key !== told().dataset.key) told().replaceWith(document.importNode(now, true));
  }
  wait();
}

function wait() {
  if ("waits" in told().dataset && Date.now() - began < LONGEST) setTimeout(look, EVERY);
}

if (panel) wait();
