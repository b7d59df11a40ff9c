import { test } from "vitest";

import { createSandbox, type Sandbox } from "./sandbox.ts";

/** `it` with a sandbox of its own for each test that asks for one; it is checked and removed afterwards. */
export const it = test.extend<{ sandbox: Sandbox }>({
  // oxlint-disable-next-line no-empty-pattern -- vitest reads the names of the fixtures from this pattern
  sandbox: async ({}, use) => {
    const sandbox = await createSandbox();
    await use(sandbox);
    await sandbox.dispose();
  },
});

export { describe, expect } from "vitest";
