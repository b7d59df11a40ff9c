import { spawn } from "node:child_process";
import { once } from "node:events";

import { createSandbox } from "./sandbox.ts";

/** `npm run sandbox`: a shell in a sandbox, to try things by hand; it is checked and removed when the shell ends. */
const sandbox = await createSandbox();
const bin = [new URL("../bin", import.meta.url).pathname, sandbox.env["PATH"]].join(":");
const shell = spawn("bash", ["--norc", ...process.argv.slice(2)], {
  cwd: sandbox.workspace,
  env: { ...sandbox.env, PATH: bin, PS1: "sandbox$ " },
  stdio: "inherit",
});
await once(shell, "exit");
await sandbox.dispose();
