import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    globalSetup: ["testkit/global-setup.ts"],
    include: ["test/**/*.test.ts"],
    // opencode takes some seconds for each start.
    exclude: process.env["BATON_TEST_LONG"] === "1" ? [] : ["test/long/**"],
    // Real CLIs start in these tests, and wait for each other about half of the time: two cores carry three of them.
    maxWorkers: 3,
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
});
