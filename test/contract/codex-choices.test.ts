import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";

import { png } from "../support/images.ts";
import { describe, expect, it, launchOf, openAs, say, script } from "./codex-kit.ts";

/** Answers of OpenAI to a model and to an effort that it does not know. */
const UNKNOWN_MODEL = {
  "the API": {
    status: 400,
    body: {
      error: {
        message: "The requested model 'nonsense' does not exist.",
        type: "invalid_request_error",
        param: "model",
        code: "model_not_found",
      },
    },
  },
  "a ChatGPT login": {
    status: 400,
    body: { detail: "The 'nonsense' model is not supported when using Codex with a ChatGPT account." },
  },
};
const UNKNOWN_EFFORT = {
  status: 400,
  body: {
    error: {
      message: "Invalid value: 'gigantic'. Supported values are: 'low', 'medium', and 'high'.",
      type: "invalid_request_error",
      param: "reasoning.effort",
      code: "invalid_value",
    },
  },
};

describe("what Codex tells of itself", () => {
  it("has models, efforts and methods, and the user's own model as the default", async ({
    sandbox,
    driver,
  }) => {
    const request = { launch: launchOf(sandbox), cwd: sandbox.root, limitMs: 30_000 };
    const said = await driver.describe(request);
    expect(said).toMatchObject({
      version: "0.169.0",
      login: { isLoggedIn: true, account: "the provider offline" },
      abilities: { resume: true, fork: true, steer: true, schema: true, images: true, cost: false },
      access: { read: { by: "sandbox" }, full: { by: "nothing" } },
    });
    // The sandbox's config.toml names it; Codex's own default is another one.
    expect(said.models.filter((model) => model.default).map(({ id }) => id)).toEqual(["gpt-5.5"]);
    expect(said.models.length).toBeGreaterThan(2);
    for (const { efforts, images } of said.models) {
      expect(efforts).toContain("high");
      expect(images).toBe(true);
    }
    expect(sandbox.model.requests).toEqual([]);
  });

  it("is agent_unavailable where it says nothing", async ({ sandbox, driver }) => {
    const mute = path.join(sandbox.root, "mute");
    await writeFile(mute, "#!/bin/sh\nexec sleep 300\n", { mode: 0o755 });
    const launch = launchOf(sandbox, { executable: mute });
    await expect(driver.describe({ launch, cwd: sandbox.root, limitMs: 200 })).rejects.toMatchObject({
      error: { code: "agent_unavailable", message: expect.stringContaining("within 0.2 s") },
    });
  });
});

describe("a model that Codex's provider does not know", () => {
  for (const [whose, fail] of Object.entries(UNKNOWN_MODEL)) {
    it(`is told in the words of ${whose}, with those that Codex knows`, async ({ sandbox, driver }) => {
      const conversation = await driver.open(openAs(sandbox, "read", { model: "nonsense" }));
      expect(await say(conversation, script({ fail }))).toMatchObject({
        status: "failed",
        error: {
          code: "invalid_argument",
          message: expect.stringMatching(/^Codex: .*'nonsense'.*(does not exist|is not supported)/),
          hint: expect.stringMatching(/^It knows: gpt-\S+, .*gpt-5\.5.*`baton agents codex`/),
          retryable: false,
        },
      });
      await conversation.close();
    });
  }

  it("is the agent's error where its own configuration has named it", async ({ sandbox, driver }) => {
    const conversation = await driver.open(openAs(sandbox, "read"));
    expect(await say(conversation, script({ fail: UNKNOWN_MODEL["the API"] }))).toMatchObject({
      error: { code: "agent_error", hint: expect.stringContaining("It knows: ") },
    });
    await conversation.close();
  });

  it("comes with the efforts of the model where it is the effort", async ({ sandbox, driver }) => {
    const choice = { model: "gpt-5.5", effort: "gigantic" };
    const conversation = await driver.open(openAs(sandbox, "read", choice));
    expect(await say(conversation, script({ fail: UNKNOWN_EFFORT }))).toMatchObject({
      error: {
        code: "invalid_argument",
        message: expect.stringContaining("'gigantic'"),
        hint: expect.stringContaining("It knows: low, medium, high, xhigh. "),
      },
    });
    await conversation.close();
  });
});

describe("images for Codex", () => {
  it("reach the model byte by byte, and stay in the conversation", async ({ sandbox, driver }) => {
    const images = [png(30, 20), png(20, 30, 0x10)];
    const first = await driver.open(openAs(sandbox, "read"));
    const turn = first.run('what is this? SCRIPT [{"say":"two rectangles"}]', () => undefined, {
      images: images.map((content) => ({ type: "image/png", content })),
    });
    expect(await turn.outcome).toMatchObject({ status: "completed", answer: "two rectangles" });
    const { nativeId } = first;
    await first.close();
    const again = await driver.open(openAs(sandbox, "read", { nativeId }));
    await say(again, "and now?");
    await again.close();
    const bodies = sandbox.model.requests.filter(({ side }) => !side).map(({ body }) => JSON.stringify(body));
    expect(bodies).toHaveLength(2);
    for (const body of bodies) {
      for (const image of images) expect(body).toContain(`data:image/png;base64,${image.toString("base64")}`);
    }
  });

  it("are refused before anything is sent where the model takes none", async ({ sandbox, driver }) => {
    const env = await withBlindModels(sandbox);
    const conversation = await driver.open(openAs(sandbox, "read", { launch: launchOf(sandbox, { env }) }));
    const turn = conversation.run("look", () => undefined, {
      images: [{ type: "image/png", content: png(2, 2) }],
    });
    expect(await turn.outcome).toMatchObject({
      status: "failed",
      error: { code: "invalid_argument", message: "Codex's model gpt-5.5 takes no images." },
    });
    expect(sandbox.model.requests).toEqual([]);
    // Words still reach it.
    expect(await say(conversation, "hello")).toMatchObject({ status: "completed" });
    await conversation.close();
  });
});

/** An environment with a CODEX_HOME whose models take text alone, made of Codex's own catalogue. */
async function withBlindModels(
  sandbox: Parameters<typeof openAs>[0],
): Promise<Readonly<Record<string, string>>> {
  const { stdout } = await sandbox.run([sandbox.clis.codex, "debug", "models"]);
  const { models } = JSON.parse(stdout.slice(stdout.indexOf("{"))) as { models: object[] };
  const catalogue = path.join(sandbox.root, "models.json");
  await writeFile(
    catalogue,
    JSON.stringify({ models: models.map((model) => ({ ...model, input_modalities: ["text"] })) }),
  );
  const config = await readFile(path.join(sandbox.codexHome, "config.toml"), "utf8");
  const text = `model_catalog_json = ${JSON.stringify(catalogue)}\n${config}`;
  const file = await sandbox.writeUserFile("home/.codex-blind/config.toml", text);
  return { ...sandbox.env, CODEX_HOME: path.dirname(file) };
}
