import path from "node:path";

import { taskSchema, type Task } from "../../src/contracts/task.ts";
import type { Running, RunOptions, RunResult } from "../../testkit/run.ts";
import type { Sandbox } from "../../testkit/sandbox.ts";

/** The launcher of this clone. */
export const BATON = path.resolve(import.meta.dirname, "../../bin/baton");

/** The command line in a sandbox. */
export interface Baton {
  run(args: readonly string[], options?: Partial<RunOptions>): Promise<RunResult>;
  start(args: readonly string[], options?: Partial<RunOptions>): Running;
  /** Runs a command with `--json` and gives the value that it prints. */
  json(args: readonly string[], options?: Partial<RunOptions>): Promise<unknown>;
  /** The same for commands that print a task. */
  task(args: readonly string[], options?: Partial<RunOptions>): Promise<Task>;
  /** The script that is run. */
  readonly launcher: string;
  /** The process of the hub; fails when there is none. */
  hubPid(): Promise<number>;
}

/** The command line with a sandbox's environment. */
export function batonIn(sandbox: Sandbox): Baton {
  const argv = (args: readonly string[]) => [process.execPath, BATON, ...args] as const;
  const run: Baton["run"] = (args, options) => sandbox.run(argv(args), options);
  const json: Baton["json"] = async (args, options) => {
    const { stdout, stderr } = await run([...args, "--json"], options);
    if (stdout === "") throw new Error(`baton ${args.join(" ")} printed nothing: ${stderr}`);
    return JSON.parse(stdout) as unknown;
  };
  return {
    run,
    launcher: BATON,
    start: (args, options) => sandbox.start(argv(args), options),
    json,
    task: async (args, options) => taskSchema.parse(await json(args, options)),
    hubPid: async () => {
      const status = (await json(["hub", "status"])) as { pid: number | null };
      if (status.pid === null) throw new Error("no hub is running");
      return status.pid;
    },
  };
}
