import { ensureClis } from "./clis.ts";
import { ensureOpencode } from "./opencode.ts";

/** Installs the pinned CLIs before the first test needs them: two tests at once must not both do it. */
export default async function setup(): Promise<void> {
  await ensureClis(() => {
    process.stderr.write("installing the pinned agent CLIs, once …\n");
  });
  await ensureOpencode();
}
