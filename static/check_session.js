// Answers a client's page whether the session is still the one it knows (OpenID Connect Session
// Management 1.0, 3.3). The cookie holds no secret: it changes when somebody signs in or out.
const cookie = location.protocol === "https:" ? "__Host-keystead-state" : "keystead-state";

function browserState() {
  const start = `${cookie}=`;
  const found = document.cookie.split("; ").find((pair) => pair.startsWith(start));
  return found ? found.slice(start.length) : "";
}

async function hash(text) {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  const letters = btoa(String.fromCharCode(...new Uint8Array(digest)));
  return letters.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

async function compare(origin, message) {
  const [, client, state, salt] = /^([^ ]+) ([\w-]+\.([\w-]+))$/.exec(message) ?? [];
  if (!client) {
    return "error";
  }
  const now = await hash(`${client} ${origin} ${browserState()} ${salt}`);
  return state === `${now}.${salt}` ? "unchanged" : "changed";
}

addEventListener("message", async ({ data, origin, source }) => {
  if (!source || origin === "null") {
    return;
  }
  const short = typeof data === "string" && data.length < 2048;
  const answer = short ? await compare(origin, data).catch(() => "error") : "error";
  source.postMessage(answer, { targetOrigin: origin });
});
