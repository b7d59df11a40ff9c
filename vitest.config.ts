import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    globalSetup: ["testkit/global-setup.ts"],
    include: ["test/**/*.test.ts"],
    // opencode takes some seconds for each start.
    exclude: process.env["BATON_TEST_LONG"] === "1" ? [] : ["test/long/**"],
    // Real CLIs start in these tests; two cores carry two of them at a time.
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
});
