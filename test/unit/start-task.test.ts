import { mkdirSync, mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Driver } from "../../src/agents/driver.ts";
import { configSchema } from "../../src/contracts/config.ts";
import type { Origin } from "../../src/contracts/origin.ts";
import type { StartTask } from "../../src/contracts/rpc.ts";
import { createCallers } from "../../src/hub/callers.ts";
import type { Queued } from "../../src/hub/dispatcher.ts";
import { startTask } from "../../src/hub/start-task.ts";
import type { HubState } from "../../src/hub/state.ts";
import type { Asker } from "../../src/hub/viewer.ts";
import { openStore, type Store } from "../../src/store/store.ts";

const origin: Origin = {
  front_end: "command",
  client: { agent: null, sessions: [], access: null },
  ancestors: [],
  marks: [],
  inside: null,
  bridge_depth: 0,
};
const person: Asker = {
  origin,
  attribution: { kind: "person", root: "shell:1" },
  viewer: { kind: "person", root: "shell:1" },
  task: null,
};

let folder = "";
let store: Store;
beforeEach(() => {
  folder = realpathSync(mkdtempSync(path.join(tmpdir(), "baton-start-")));
  mkdirSync(path.join(folder, "work"));
  store = openStore(path.join(folder, "baton.db"));
});
afterEach(() => {
  store.close();
  rmSync(folder, { recursive: true });
});

interface Settings {
  readonly config?: Record<string, unknown>;
  /** Called while the config is read. */
  readonly meanwhile?: () => void;
}

/** A hub that queues and starts nothing. */
function hubWith({ config = {}, meanwhile = () => undefined }: Settings = {}) {
  const running = new Map<string, string>();
  const queued: Queued[] = [];
  const environment = {
    executable: "BATON_FAKE_BIN",
    own: ["FAKE_HOME"],
    keys: [],
    places: ["FAKE_HOME"],
    hasLogin: async () => false,
    referenced: async () => [],
  };
  const driver = { agent: "fake", title: "Fake", environment, keepWarmMs: 0, isExclusive: false };
  const hub = {
    store,
    places: { home: path.join(folder, "home") },
    httpUrl: async () => null,
    drivers: { get: () => driver as unknown as Driver },
    callers: createCallers(),
    log: { append: () => [] },
    readConfig: async () => {
      meanwhile();
      return configSchema.parse(config);
    },
    dispatcher: {
      setLimits: () => undefined,
      enqueue: (task: Queued) => queued.push(task),
      runningIn: (session: string) => running.get(session) ?? null,
    },
  };
  return { hub: hub as unknown as HubState, running, queued };
}

const requestOf = (key: string, more: Partial<StartTask> = {}): StartTask => ({
  key,
  caller: {
    cwd: path.join(folder, "work"),
    workspaces: [],
    env: { HOME: folder },
    named: [],
    config: path.join(folder, "config.toml"),
  },
  agent: "fake",
  prompt: `prompt of ${key}`,
  session: { kind: "new" },
  cwd: null,
  model: null,
  effort: null,
  attachments: [],
  reads: [],
  writes: null,
  access: "read",
  isolation: { kind: "shared" },
  approvals: null,
  schema: null,
  timeout_ms: null,
  ...more,
});
const closed = new AbortController().signal;

/** A task of the person that runs, and itself as the one that asks. */
async function delegate({ hub, running }: ReturnType<typeof hubWith>): Promise<Asker> {
  const { id, session } = await startTask(hub, requestOf("parent"), { asker: person, closed });
  running.set(session, id);
  const attribution = { kind: "delegate", task: id } as const;
  return {
    origin,
    attribution,
    viewer: { ...attribution, ancestors: [] },
    task: store.tasks.byId(id),
  };
}

describe("what a task asks for", () => {
  it("stands below it", async () => {
    const made = hubWith();
    const asker = await delegate(made);
    const child = await startTask(made.hub, requestOf("child"), { asker, closed });
    expect(child).toMatchObject({ parent: asker.task?.id, root: "shell:1", depth: 2, asker: "fake" });
  });

  it("is not begun when the task has ended meanwhile: nobody would be left to end it", async () => {
    let meanwhile: () => void = () => undefined;
    const made = hubWith({ meanwhile: () => meanwhile() });
    const asker = await delegate(made);
    meanwhile = () => made.running.clear();
    const asked = startTask(made.hub, requestOf("child"), { asker, closed });
    await expect(asked).rejects.toMatchObject({ error: { code: "access_denied" } });
    expect(store.tasks.byKey("child")).toBeNull();
    expect(made.queued.length).toBe(1);
  });

  it("gets no more access than it has, and no more than the config gives", async () => {
    const made = hubWith();
    const asker = await delegate(made);
    for (const access of ["write", "full"] as const) {
      const asked = startTask(made.hub, requestOf(access, { access }), { asker, closed });
      await expect(asked).rejects.toMatchObject({ error: { code: "access_denied" } });
    }
    const full = startTask(made.hub, requestOf("full", { access: "full" }), { asker: person, closed });
    await expect(full).rejects.toMatchObject({ error: { code: "access_denied" } });
    const own = await startTask(made.hub, requestOf("own", { access: "write" }), { asker: person, closed });
    expect(own.access).toBe("write");
  });
});

describe("a session", () => {
  it("remembers the place that Baton's config sets for its agent", async () => {
    const { hub } = hubWith({ config: { agents: { fake: { env: { FAKE_HOME: "/of/the/config" } } } } });
    const { session } = await startTask(hub, requestOf("first"), { asker: person, closed });
    expect(store.sessions.byId(session)?.places).toMatchObject({ FAKE_HOME: "/of/the/config" });
  });
});
