import { it as sandboxed } from "../../testkit/vitest.ts";
import { batonIn, type Baton } from "./command.ts";

export { describe, expect } from "vitest";
export type { Baton } from "./command.ts";
export { BATON, batonIn } from "./command.ts";

/** `it` with the command line; the hub is stopped after each test, so that what is left then is left behind. */
export const it = sandboxed.extend<{ baton: Baton }>({
  baton: [
    async ({ sandbox }, use) => {
      const baton = batonIn(sandbox);
      await use(baton);
      await baton.run(["hub", "stop"]);
    },
    { auto: true },
  ],
});
