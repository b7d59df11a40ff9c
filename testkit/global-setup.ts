import { ensureClis } from "./clis.ts";

/** Installs the pinned CLIs before the first test needs them. */
export default async function setup(): Promise<void> {
  await ensureClis(() => {
    process.stderr.write("installing the pinned agent CLIs, once …\n");
  });
}
