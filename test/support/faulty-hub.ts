import { DatabaseSync } from "node:sqlite";
import { parseArgs } from "node:util";

import { startHub } from "../../src/hub/hub.ts";
import { placesIn } from "../../src/process/places.ts";
import { openStore, storeOn, type Store } from "../../src/store/store.ts";

/**
 * A hub as `baton hub run` starts it, but with trouble in its store: `--die-at N` kills it at its Nth step of writing,
 * `--full-after BYTES` leaves that much room in its database, `--version V` makes it another version.
 */
const { values } = parseArgs({
  options: {
    home: { type: "string", default: "" },
    config: { type: "string", default: "" },
    version: { type: "string", default: "test" },
    "die-at": { type: "string" },
    "full-after": { type: "string" },
  },
});

const { home, config, version } = values;
const hub = await startHub({ places: placesIn(home), version, config, open });
process.stdout.write(`${JSON.stringify({ ready: hub === null ? "other" : "started" })}\n`);
await hub?.ended;
process.exit(0);

function open(file: string): Store {
  const room = values["full-after"];
  if (room !== undefined) {
    openStore(file).close();
    return smallStore(file, Number(room));
  }
  return dyingStore(openStore(file), Number(values["die-at"] ?? Infinity));
}

/** SQLite says of a database that may not grow what it says of a full disk. */
function smallStore(file: string, room: number): Store {
  const database = new DatabaseSync(file);
  database.exec("pragma journal_mode = wal; pragma foreign_keys = on");
  const { page_count: pages } = database.prepare("pragma page_count").get() as { page_count: number };
  const { page_size: size } = database.prepare("pragma page_size").get() as { page_size: number };
  database.exec(`pragma max_page_count = ${pages + Math.ceil(room / size)}`);
  return storeOn(database);
}

/** Before each write, and before and after each commit, stands a step at which the process can die. */
function dyingStore(store: Store, dieAt: number): Store {
  let step = 0;
  const pass = () => {
    step += 1;
    if (step === dieAt) process.kill(process.pid, "SIGKILL");
  };
  const { sessions, tasks, events, processes } = store;
  return {
    ...store,
    sessions: {
      ...sessions,
      insert: (...args) => (pass(), sessions.insert(...args)),
      touch: (...args) => (pass(), sessions.touch(...args)),
      setNativeId: (...args) => (pass(), sessions.setNativeId(...args)),
    },
    tasks: {
      ...tasks,
      insert: (...args) => (pass(), tasks.insert(...args)),
      mirror: (...args) => (pass(), tasks.mirror(...args)),
    },
    events: { ...events, append: (...args) => (pass(), events.append(...args)) },
    processes: {
      ...processes,
      add: (...args) => (pass(), processes.add(...args)),
      remove: (...args) => (pass(), processes.remove(...args)),
    },
    transaction: (work) => {
      const result = store.transaction(() => {
        const done = work();
        pass();
        return done;
      });
      pass();
      return result;
    },
  };
}
