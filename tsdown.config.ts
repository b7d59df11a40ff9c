import { globSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { defineConfig } from "tsdown";

/** pino opens files of its own beside it, so it stays a dependency; all others go into the bundle, which starts faster. */
const BUNDLED = /^(?!pino)/;

export default defineConfig({
  entry: { main: "src/cli/main.ts" },
  platform: "node",
  target: "node22.19",
  format: "esm",
  // A hub that runs reads its lazy parts from here while it is built anew.
  clean: false,
  dts: false,
  hash: false,
  deps: { alwaysBundle: [BUNDLED] },
  outputOptions: { comments: { legal: true } },
  hooks: { "build:done": writeNotices },
});

/** The licences of what is in the bundle, as they ask for. */
function writeNotices(): void {
  const bundled = [
    "zod",
    "commander",
    "smol-toml",
    "@modelcontextprotocol/server",
    "@modelcontextprotocol/core",
  ];
  const notices = bundled.flatMap((name) => {
    const folder = path.join("node_modules", name);
    const licences = globSync("LICENSE*", { cwd: folder });
    if (licences.length === 0) throw new Error(`${name} has no licence file`);
    return licences.map((file) => `${name}\n\n${readFileSync(path.join(folder, file), "utf8")}`);
  });
  writeFileSync("dist/THIRD-PARTY-LICENSES.txt", notices.join(`\n${"-".repeat(80)}\n`));
}
