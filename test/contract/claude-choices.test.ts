import { png } from "../support/images.ts";
import { describe, expect, it, launchOf, openAs, say, script } from "./claude-kit.ts";

/** Anthropic's answer to a model that it does not know. */
const UNKNOWN_MODEL = {
  status: 404,
  body: { type: "error", error: { type: "not_found_error", message: "model: nonsense" } },
};

describe("what Claude Code tells of itself", () => {
  it("has models, efforts and flags, and the user's own model as the default", async ({
    sandbox,
    driver,
  }) => {
    const launch = await launchOf(sandbox);
    const ask = async (env: Readonly<Record<string, string>>) =>
      driver.describe({ launch: { ...launch, env }, cwd: sandbox.root, limitMs: 30_000 });
    const said = await ask(launch.env);
    expect(said).toMatchObject({
      version: "2.1.330",
      login: { isLoggedIn: true, account: "ANTHROPIC_API_KEY", billedTo: "api_key" },
      abilities: { resume: true, fork: true, steer: true, schema: true, images: true, cost: true },
      access: { read: { by: "checks" }, full: { by: "nothing" } },
    });
    expect(said.models[0]).toMatchObject({ default: true, efforts: expect.arrayContaining(["high"]) });
    expect(said.models.length).toBeGreaterThan(2);
    const named = await ask({ ...launch.env, ANTHROPIC_MODEL: "of-a-gateway" });
    expect(named.models.filter((model) => model.default).map(({ id }) => id)).toEqual(["of-a-gateway"]);
    expect(sandbox.model.requests).toEqual([]);
  });
});

describe("a choice that Claude Code does not know", () => {
  it("is told in its words, with the models that it knows", async ({ sandbox, driver }) => {
    const conversation = await driver.open(await openAs(sandbox, "read", { model: "nonsense" }));
    expect(await say(conversation, script({ fail: UNKNOWN_MODEL }))).toMatchObject({
      status: "failed",
      error: {
        code: "invalid_argument",
        message: expect.stringMatching(/^Claude Code: .*\(nonsense\)/),
        hint: expect.stringMatching(/^It knows: default, .*`baton agents claude`/),
        retryable: false,
      },
    });
  });

  it("is refused where it is an effort, which it would pass over in silence", async ({ sandbox, driver }) => {
    await expect(driver.open(await openAs(sandbox, "read", { effort: "gigantic" }))).rejects.toMatchObject({
      error: {
        code: "invalid_argument",
        message: 'Claude Code knows no effort "gigantic".',
        hint: expect.stringMatching(/^It knows: low, .*`baton agents claude`/),
      },
    });
    expect(sandbox.model.requests).toEqual([]);
  });
});

describe("images for Claude Code", () => {
  it("reach the model byte by byte, and stay in the conversation", async ({ sandbox, driver }) => {
    const images = [png(30, 20), png(20, 30, 0x10)];
    const first = await driver.open(await openAs(sandbox, "read"));
    const turn = first.run('what is this? SCRIPT [{"say":"two rectangles"}]', () => undefined, {
      images: images.map((content) => ({ type: "image/png", content })),
    });
    expect(await turn.outcome).toMatchObject({ status: "completed", answer: "two rectangles" });
    const { nativeId } = first;
    await first.close();
    const again = await driver.open(await openAs(sandbox, "read", { nativeId }));
    await say(again, "and now?");
    const asked = sandbox.model.requests.filter(({ side }) => !side);
    expect(asked.map(({ prompt }) => prompt)).toEqual([expect.stringContaining("what is this?"), "and now?"]);
    for (const { body } of asked) {
      for (const image of images) expect(JSON.stringify(body)).toContain(image.toString("base64"));
    }
  });
});
