// A running Keystead with its command line, for the tests in JavaScript.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

const SCRIPT = fileURLToPath(new URL("keystead.sh", import.meta.url));

export const PASSWORD = "violet-tractor-61-quartz-mango";

export class Keystead {
  #folder = mkdtempSync(join(tmpdir(), "keystead-js-"));
  #changed = 0;
  #env = process.env;

  static start(...flags) {
    const keystead = new Keystead();
    keystead.url = keystead.#tool("start", flags).trim();
    return keystead;
  }

  /** A server that nobody has told what it is called; `url` is where it listens. */
  static startNameless() {
    const keystead = new Keystead();
    keystead.#env = { ...process.env, PUBLIC_URL: "none" };
    keystead.url = keystead.#tool("start", []).trim();
    return keystead;
  }

  #tool(verb, args, input = "") {
    const done = spawnSync(SCRIPT, [verb, this.#folder, ...args], { input, env: this.#env, encoding: "utf8", timeout: 90_000 });
    if (done.status !== 0) {
      throw new Error(`keystead ${verb} ${args.join(" ")}: exit ${done.status}\n${done.stderr}`);
    }
    return done.stdout;
  }

  /** Runs a command beside the server and gives back its stdout. */
  cli(args, input) {
    this.#changed = Date.now();
    return this.#tool("run", args, input);
  }

  /** Waits until the server must have noticed the last command: it promises one second. */
  async settle() {
    await sleep(Math.max(0, this.#changed + 1100 - Date.now()));
  }

  createUser(name, flags = []) {
    this.cli(["user", "create", name, ...flags, "--password-stdin"], `${PASSWORD}\n`);
  }

  /** Registers a client that members of `group` may use with `scopes`; gives back its secret unless it is public. */
  createClient(id, { flags = [], group, scopes = ["openid", "profile", "email"] }) {
    this.cli(["client", "create", id, ...flags]);
    if (group) this.cli(["client", "scope-map", id, group, ...scopes]);
    return flags.includes("--public") ? undefined : this.cli(["client", "show-secret", id]).trim();
  }

  stdout() {
    return readFileSync(join(this.#folder, "stdout"), "utf8");
  }

  stop() {
    this.#tool("stop", []);
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
