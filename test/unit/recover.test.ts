import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { takeLease } from "../../src/hub/lease.ts";
import { recover } from "../../src/hub/recover.ts";
import { createTaskLog } from "../../src/hub/task-log.ts";
import { identify, isAlive } from "../../src/process/identity.ts";
import { openStore, type Store } from "../../src/store/store.ts";

let folder = "";
let store: Store;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "baton-unit-"));
  store = openStore(path.join(folder, "baton.db"));
});

afterEach(async () => {
  store.close();
  await rm(folder, { recursive: true });
});

const logOf = (opened: Store) =>
  createTaskLog({
    store: opened,
    now: () => new Date(),
    observer: { onStatus: () => undefined, onWriteFailed: () => undefined },
  });

describe("the recovery after a crash", () => {
  it("ends the process that was written down, and not one that has its number now", async () => {
    const sleep = () => spawn(process.execPath, ["-e", "setInterval(() => undefined, 1000)"]);
    const ours = sleep();
    const foreign = sleep();
    const [known, other] = await Promise.all([identify(ours.pid ?? 0), identify(foreign.pid ?? 0)]);
    if (known === null || other === null) throw new Error("nothing was started");
    store.processes.add(known.pid, known.birth);
    store.processes.add(other.pid, "another time");
    const ended = once(ours, "exit");
    await recover(store, logOf(store));
    await ended;
    expect(await isAlive(other)).toBe(true);
    expect(store.processes.all()).toEqual([]);
    foreign.kill("SIGKILL");
    await once(foreign, "exit");
  });
});

// Only Linux tells which session a process belongs to.
describe.runIf(process.platform === "linux")("an agent that has ended by itself", () => {
  it("leaves nothing of its session, where no tree shows it any more", async () => {
    const script = 'setInterval(() => undefined, 1000); console.log("up")';
    const program = `
      const { spawn } = require("node:child_process");
      const helper = spawn(process.execPath, ["-e", ${JSON.stringify(script)}], { stdio: ["ignore", "pipe", "ignore"] });
      helper.stdout.once("data", () => console.log(helper.pid));
      process.stdin.resume().on("end", () => process.exit());`;
    const agent = spawn(process.execPath, ["-e", program], {
      detached: true,
      stdio: ["pipe", "pipe", "ignore"],
    });
    const [said] = (await once(agent.stdout, "data")) as [Buffer];
    const [known, helper] = await Promise.all([identify(agent.pid ?? 0), identify(Number(String(said)))]);
    if (known === null || helper === null) throw new Error("nothing was started");
    store.processes.add(known.pid, known.birth);
    agent.stdin.end();
    await once(agent, "exit");
    expect(await isAlive(helper)).toBe(true);
    await recover(store, logOf(store));
    expect(await isAlive(helper)).toBe(false);
  });
});

describe("the lease", () => {
  it("has one holder at a time", () => {
    const file = path.join(folder, "lease");
    const first = takeLease(file);
    expect(takeLease(file)).toBeNull();
    first?.release();
    const second = takeLease(file);
    expect(second).not.toBeNull();
    second?.release();
  });

  it("can be taken although its file holds garbage", async () => {
    const file = path.join(folder, "lease");
    await writeFile(file, "no database ".repeat(100));
    const lease = takeLease(file);
    expect(takeLease(file)).toBeNull();
    lease?.release();
  });

  it("knows that its file is gone", async () => {
    const file = path.join(folder, "lease");
    const lease = takeLease(file);
    expect(lease?.isInPlace()).toBe(true);
    await rm(file);
    expect(lease?.isInPlace()).toBe(false);
    lease?.release();
  });
});
