// Puts a button beside each block of code that copies it; without scripts the code is selected by hand.
for (const code of document.querySelectorAll("[data-copy]")) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "button small copy";
  button.textContent = "Copy";
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(code.textContent);
      button.textContent = "Copied";
    } catch {
      getSelection().selectAllChildren(code);
      button.textContent = "Selected";
    }
  });
  code.closest(".code")?.append(button);
}

// Compares the server's clock with this browser's; without scripts the time stands there to be compared by hand.
const clock = document.querySelector("#clock");
if (clock) {
  const asked = Date.now();
  const answer = await fetch("/status", { cache: "no-store" });
  const { time_ms: there } = await answer.json();
  const heard = Date.now();
  const ahead = (there - (asked + heard) / 2) / 1000;
  const badge = clock.querySelector(".badge");
  const off = Math.abs(ahead) > Math.max(2, (heard - asked) / 1000);
  clock.querySelector(".found").textContent = off
    ? `${Math.round(Math.abs(ahead))} s ${ahead > 0 ? "ahead of" : "behind"} this browser's. Set the one that is wrong by NTP.`
    : "Agrees with this browser's.";
  badge.textContent = off ? "Look" : "In order";
  badge.className = `badge ${off ? "warn" : "good"}`;
}
