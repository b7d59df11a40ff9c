import { parseArgs } from "node:util";

import { createSandbox } from "../../testkit/sandbox.ts";
import { batonIn } from "../support/command.ts";
import { createRandom } from "./random.ts";
import { faultsOf, soak } from "./soak.ts";

/** `npm run soak -- --tasks 400 --seed 7`: the long form of the soak that the tests run shortly. */

const { values } = parseArgs({ options: { tasks: { type: "string" }, seed: { type: "string" } } });
const tasks = Number(values.tasks ?? 300);
const seed = Number(values.seed ?? Date.now() % 1_000_000);
const say = (line: string) => void process.stdout.write(`${line}\n`);

say(`${tasks} tasks, seed ${seed}`);
const sandbox = await createSandbox();
const baton = batonIn(sandbox);
const report = await soak({ sandbox, baton, random: createRandom(seed), tasks, say });
await baton.run(["hub", "stop"]);
// Fails when a process is left or a file of the user's has changed.
await sandbox.dispose();
const faults = faultsOf(report);
say(JSON.stringify(report, null, 2));
for (const fault of faults) say(`FAULT ${fault}`);
process.exitCode = faults.length === 0 ? 0 : 1;
