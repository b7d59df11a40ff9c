import { globSync } from "node:fs";
import { readFile, symlink } from "node:fs/promises";
import path from "node:path";

import { z } from "zod";

import { npm } from "./clis.ts";
import type { Sandbox } from "./sandbox.ts";

const FOLDER = path.resolve(import.meta.dirname, "opencode");
const manifestSchema = z.object({ dependencies: z.object({ "opencode-ai": z.string() }) });
const installedSchema = z.object({ version: z.string() });

/** Installs the pinned opencode, once; the path of its native binary, which comes inside the platform's package. */
export async function ensureOpencode(): Promise<string> {
  const read = (file: string) => readFile(path.join(FOLDER, file), "utf8");
  const wanted = manifestSchema.parse(JSON.parse(await read("package.json"))).dependencies["opencode-ai"];
  const installed = await read("node_modules/opencode-ai/package.json").catch(() => '{"version":""}');
  if (installedSchema.parse(JSON.parse(installed)).version !== wanted) {
    // Without a lockfile: it would have to name the packages of all platforms, and not every registry has them.
    await npm(FOLDER, ["install", "--no-package-lock"]);
  }
  const platform = process.platform === "win32" ? "windows" : process.platform;
  const pattern = `node_modules/opencode-${platform}-${process.arch}/bin/opencode*`;
  const [found] = globSync(pattern, { cwd: FOLDER });
  if (found === undefined) throw new Error(`opencode lacks ${pattern}`);
  return path.join(FOLDER, found);
}

/**
 * Puts `opencode` on the sandbox's path, with a user's configuration that knows the offline model as its only provider.
 * @returns the native binary
 */
export async function addOpencode(sandbox: Sandbox): Promise<string> {
  const opencode = await ensureOpencode();
  await symlink(opencode, path.join(sandbox.root, "bin", "opencode"));
  await sandbox.writeUserFile("home/.config/opencode/opencode.json", opencodeConfig(sandbox.model.url));
  return opencode;
}

/** opencode 1.18.33 on the Messages API of the offline model. */
export function opencodeConfig(modelUrl: string): string {
  const limit = { context: 200_000, output: 32_000 };
  return JSON.stringify({
    $schema: "https://opencode.ai/config.json",
    autoupdate: false,
    share: "disabled",
    model: "offline/heron-1",
    small_model: "offline/heron-1",
    enabled_providers: ["offline"],
    provider: {
      offline: {
        npm: "@ai-sdk/anthropic",
        name: "Offline",
        options: { baseURL: `${modelUrl}/v1`, apiKey: "{env:MODEL_KEY}" },
        models: { "heron-1": { name: "Heron 1", limit } },
      },
    },
  });
}
