import { mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import path from "node:path";

import { expect, vi } from "vitest";

import type { Sandbox } from "../../testkit/sandbox.ts";

/** This clone. */
export const ROOT = path.resolve(import.meta.dirname, "../..");

/** Baton as it is installed for everybody. */
interface Installed {
  /** The folder with its commands. */
  readonly bin: string;
  /** Resolves when a server that a client has started has told its tools. */
  readonly toolsListed: () => Promise<void>;
}

/**
 * Puts this clone where `npm link` puts it, with a registry that cannot be reached: `npx -y baton-bridge` takes what is
 * installed, or fails. The commands write down what they print.
 */
export async function linkGlobally(sandbox: Sandbox): Promise<Installed> {
  const prefix = path.join(sandbox.root, "npm");
  const bin = path.join(prefix, "bin");
  const modules = path.join(prefix, "lib", "node_modules");
  const record = path.join(sandbox.root, "tmp", "printed");
  await mkdir(modules, { recursive: true });
  await mkdir(bin);
  await symlink(ROOT, path.join(modules, "baton-bridge"));
  for (const name of ["baton", "baton-bridge"]) {
    const script = `#!/bin/sh\n"${ROOT}/bin/baton" "$@" | tee -a "${record}"\n`;
    await writeFile(path.join(bin, name), script, { mode: 0o755 });
  }
  await sandbox.writeUserFile("home/.npmrc", `prefix=${prefix}\noffline=true\nupdate-notifier=false\n`);
  const toolsListed = () =>
    vi.waitFor(async () => expect(await readFile(record, "utf8")).toContain('"tools":['), {
      timeout: 30_000,
    });
  return { bin, toolsListed };
}
