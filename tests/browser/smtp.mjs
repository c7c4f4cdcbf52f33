// A mail server that takes every letter, without encryption.
import net from "node:net";

export class Smtp {
  letters = [];

  static listen() {
    const smtp = new Smtp();
    smtp.server = net.createServer((socket) => smtp.#talk(socket));
    return new Promise((resolve) => smtp.server.listen(0, "127.0.0.1", () => {
      smtp.port = String(smtp.server.address().port);
      resolve(smtp);
    }));
  }

  #talk(socket) {
    let text = "", letter = null;
    const say = (line) => socket.write(`${line}\r\n`);
    socket.on("error", () => {});
    socket.on("data", (bytes) => {
      text += bytes;
      for (let end = text.indexOf("\r\n"); end >= 0; end = text.indexOf("\r\n")) {
        const line = text.slice(0, end);
        text = text.slice(end + 2);
        if (letter !== null && line === ".") {
          this.letters.push(letter.replaceAll("=\n", "").replaceAll("=3D", "="));
          letter = null;
          say("250 2.0.0 Taken as 4711");
        } else if (letter !== null) letter += `${line}\n`;
        else if (line === "DATA") { letter = ""; say("354 Go on"); }
        else if (line === "QUIT") { say("221 Goodbye"); socket.end(); }
        else say("250 Fine");
      }
    });
    say("220 mail.example.test ready");
  }

  /** The address in the last letter, once there are so many. */
  async link(count) {
    for (let step = 0; step < 100 && this.letters.length < count; step++) await new Promise((go) => setTimeout(go, 100));
    return this.letters.at(-1)?.match(/https?:\S+\?token=\S+/)?.[0];
  }

  close() {
    this.server.close();
  }
}
