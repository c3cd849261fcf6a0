// Sends a file in parts that may be lost: tus 1.0 by fetch. How much is there, the server says; nothing is assumed.
const VERSION = { "Tus-Resumable": "1.0.0" };
const PART = 2000; // ms that one part should take: so often is progress told, and at most so much is sent twice
const LEAST = 65_536, MOST = 16_777_216; // bytes
const CEILING = 15_000; // ms between two tries at most

const encoded = (text) => btoa(Array.from(new TextEncoder().encode(text), (byte) => String.fromCharCode(byte)).join(""));
const pause = (ms) => new Promise((resolve) => {
  const done = () => { clearTimeout(timer); removeEventListener("online", done); resolve(); };
  const timer = setTimeout(done, ms);
  addEventListener("online", done);
});

/** What the server refuses for good, in its words. */
export class Rejected extends Error {}

export class Upload {
  /** `told` is called whenever anything changes: `state`, `sent`, `rate` (bytes a millisecond). */
  constructor(file, contribution, told) {
    Object.assign(this, { file, contribution, told, state: "sending", sent: 0, rate: 0, size: 262_144, tries: 0 });
    this.key = `upload:${contribution}:${file.name}:${file.size}:${file.lastModified}`;
    this.address = localStorage.getItem(this.key);
  }

  /** Resolves with the presentation's id once everything is there, with null when it was discarded. Rejected. */
  async run() {
    while (this.state !== "discarded") {
      if (this.state === "paused") { await new Promise((go) => { this.go = go; }); continue; }
      const ended = await this.insist(() => this.go_on());
      if (ended) { localStorage.removeItem(this.key); return this.address?.split("/").at(-1) ?? null; }
    }
    return null;
  }

  async create() {
    const metadata = `filename ${encoded(this.file.name)},contribution ${encoded(this.contribution)}`;
    const answer = await this.ask("/files", { method: "POST", headers: { "Upload-Length": this.file.size, "Upload-Metadata": metadata } });
    const address = answer.headers.get("Location");
    localStorage.setItem(this.key, address);
    return address;
  }

  /** From where the server is: part after part, until all is there, the line breaks or somebody pauses. */
  async go_on() {
    this.address ??= await this.create();
    const found = await this.ask(this.address, { method: "HEAD" }, [403, 404, 410]);
    if (!found.ok) { // too old, or another person's
      localStorage.removeItem(this.key);
      this.address = null;
      return false;
    }
    this.tell({ sent: Number(found.headers.get("Upload-Offset")), state: "sending" });
    while (this.sent < this.file.size && this.state === "sending") await this.part();
    return this.sent >= this.file.size;
  }

  async part() {
    const body = this.file.slice(this.sent, this.sent + this.size), begun = performance.now();
    const headers = { "Upload-Offset": this.sent, "Content-Type": "application/offset+octet-stream" };
    const answer = await this.ask(this.address, { method: "PATCH", headers, body });
    const took = Math.max(1, performance.now() - begun), rate = body.size / took;
    this.size = Math.round(Math.min(MOST, Math.max(LEAST, Math.min(this.size * 2, rate * PART))));
    this.tries = 0;
    this.tell({ sent: Number(answer.headers.get("Upload-Offset")), rate: this.rate ? 0.7 * this.rate + 0.3 * rate : rate });
  }

  async ask(address, { headers, ...request }, bearable = []) {
    this.abort = new AbortController();
    const answer = await fetch(address, { ...request, headers: { ...VERSION, ...headers }, signal: this.abort.signal });
    if (answer.ok || bearable.includes(answer.status)) return answer;
    if ([409, 423].includes(answer.status) || answer.status >= 500 && answer.status !== 507) throw new Error(answer.status);
    throw new Rejected(await answer.text());
  }

  /** Again and again, with full jitter, for as long as it is only the line, or the server's moment. */
  async insist(work) {
    for (;;) {
      try { return await work(); } catch (broken) {
        if (broken instanceof Rejected) throw broken;
        if (this.state === "paused" || this.state === "discarded") return null;
        this.size = Math.max(LEAST, this.size / 2);
        this.tell({ state: "waiting" });
        await pause(Math.random() * Math.min(CEILING, 500 * 2 ** this.tries++));
        if (this.state === "waiting") this.state = "sending";
        if (this.state !== "sending") return null;
      }
    }
  }

  tell(change) {
    if (["paused", "discarded"].includes(this.state)) delete change.state;
    Object.assign(this, change);
    this.told();
  }
  hold() { this.state = "paused"; this.abort?.abort(); this.told(); }
  release() { this.state = "sending"; this.go?.(); this.told(); }
  async discard() {
    this.state = "discarded";
    this.abort?.abort();
    this.go?.();
    localStorage.removeItem(this.key);
    if (this.address) await fetch(this.address, { method: "DELETE", headers: VERSION }).catch(() => {});
  }
}
