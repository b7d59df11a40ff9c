import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { REDACTED, redact } from "../../src/core/redaction/redact.ts";

const letters = (alphabet: string, minLength: number, maxLength = minLength) =>
  fc.string({ unit: fc.constantFrom(...Array.from(alphabet)), minLength, maxLength });
const WORD = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const HEX = "0123456789abcdef";

/** Secrets in the form that their vendor gives them. */
const vendorKey = fc.oneof(
  ...[
    ["sk-ant-api03-", WORD, 80],
    ["sk-proj-", WORD, 48],
    ["sk-", WORD, 32],
    ["AIza", WORD, 35],
    ["ghp_", WORD, 36],
    ["github_pat_", WORD, 60],
    ["glpat-", WORD, 20],
    ["AKIA", "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 16],
    ["xoxb-", WORD, 40],
    ["sk_live_", WORD, 24],
    ["npm_", WORD, 36],
    ["pypi-", WORD, 60],
    ["hf_", WORD, 34],
    ["xai-", WORD, 60],
    ["gsk_", WORD, 52],
    ["dop_v1_", HEX, 64],
    ["hvs.", WORD, 24],
  ].map(([prefix, alphabet, length]) =>
    letters(String(alphabet), Number(length)).map((rest) => `${String(prefix)}${rest}`),
  ),
);
/** What a generator of passwords makes: never an ordinary word, never a name of a program. */
const random = letters(WORD, 16, 40).filter(
  (text) => /\d/.test(text) && /[a-z]/.test(text) && /[A-Z]/.test(text),
);
const password = letters(`${WORD}!#$%&*+-.:?@^_~/`, 8, 30).filter((text) => /^[A-Za-z]\w*\d/.test(text));
const pem = letters(`${WORD}+/`, 64, 300).map((body) => {
  const lines = body.replaceAll(/.{64}/g, "$&\n");
  return {
    secret: lines.slice(0, 40),
    text: `-----BEGIN RSA PRIVATE KEY-----\n${lines}==\n-----END RSA PRIVATE KEY-----`,
  };
});

/** A secret, and a text that it stands in. */
const planted = fc.oneof(
  vendorKey.map((secret) => ({ secret, text: `use ${secret} for it` })),
  vendorKey.map((secret) => ({ secret, text: `{"k":"${secret}"}` })),
  pem,
  random.map((secret) => ({ secret, text: `Authorization: Bearer ${secret}` })),
  random.map((secret) => ({ secret, text: `curl -H 'Authorization: Basic ${secret}' https://a.example` })),
  random.map((secret) => ({ secret, text: `Cookie: sid=${secret}; theme=dark` })),
  random.map((secret) => ({ secret, text: `postgres://app:${secret}@db.example:5432/app` })),
  random.map((secret) => ({ secret, text: `git clone https://${secret}@example.com/x.git` })),
  random.map((secret) => ({ secret, text: `SOMETHING_OF_OURS=${secret}` })),
  random.map((secret) => ({ secret, text: `export X_1="${secret}" # mine` })),
  random.map((secret) => ({ secret, text: `const apiKey: string = "${secret}";` })),
  random.map((secret) => ({ secret, text: `"access_token": "${secret}",` })),
  random.map((secret) => ({ secret, text: `{\\"refreshToken\\":\\"${secret}\\"}` })),
  random.map((secret) => ({ secret, text: `deploy --auth-token ${secret} --now` })),
  password.map((secret) => ({ secret, text: `password: ${secret}` })),
  password.map((secret) => ({ secret, text: `  db_password = '${secret}'` })),
  password.map((secret) => ({ secret, text: `the password is ${secret}` })),
  password.map((secret) => ({ secret, text: `<clientSecret>${secret}</clientSecret>` })),
  password.map((secret) => ({ secret, text: `curl -u me:${secret} https://a.example` })),
);

describe("redaction", () => {
  it("lets no planted secret through, whatever stands around it", () => {
    const around = fc.string({ unit: "grapheme", maxLength: 60 });
    fc.assert(
      fc.property(around, planted, around, (before, { secret, text }, after) => {
        const redacted = redact(`${before}\n${text}\n${after}`);
        expect(redacted).not.toContain(secret);
        expect(redacted).toContain(REDACTED);
      }),
      { numRuns: 3_000 },
    );
  });

  it("changes nothing the second time", () => {
    const piece = fc.oneof(
      fc.string({ unit: "binary", maxLength: 40 }),
      fc.constantFrom(
        REDACTED,
        "[redacted",
        "password=",
        "token: ",
        "sk-",
        "://a:",
        "@",
        "-----BEGIN PRIVATE KEY-----",
        "-----END PRIVATE KEY-----",
        "\n",
        '"',
        "Authorization: ",
      ),
      planted.map(({ text }) => text),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const once = redact(pieces.join(""));
        expect(redact(once)).toBe(once);
      }),
      { numRuns: 2_000 },
    );
  });

  it.each([
    "password: string;",
    "token = getToken()",
    "apiKey: process.env.API_KEY",
    "if (password === undefined) return;",
    'const password = await ask("Password: ");',
    "input_tokens: 12345 output_tokens=44 max_tokens=4096",
    "NODE_ENV=production",
    "PORT=3000",
    "DEBUG=app npm test",
    "http://localhost:3000/@vite/client",
    "the password is required",
    "basic authentication failed",
    "PASS src/password.test.ts",
    "src/core/tokens.ts:12:3 - error TS2322",
    "commit 4b825dc642cb6eb9a060e54bf8d69288fbee4904",
    "session 0b7c1f7e-7a55-4c0e-9f5c-3d2f6a1f9e10",
    'onKeyDown={(event) => event.key === "ArrowLeft"}',
    "export GITHUB_TOKEN=$(gh auth token)",
    "password: ${{ secrets.DB_PASSWORD }}",
  ])("leaves %s as it is", (text) => {
    expect(redact(text)).toBe(text);
  });

  it("keeps what stands around a secret", () => {
    const url = "postgres://app:hunter2@db.example:5432/app?ssl=true";
    expect(redact(url)).toBe("postgres://app:[redacted]@db.example:5432/app?ssl=true");
    expect(redact('{"user":"ada","password":"hunter2","port":1}')).toBe(
      '{"user":"ada","password":"[redacted]","port":1}',
    );
    const cutKey = "cat key\n-----BEGIN PRIVATE KEY-----\nMIIEowIBAAKCAQEAabcdefghijkl\nMIIEow";
    expect(redact(cutKey)).toBe("cat key\n[redacted]");
  });

  it.each([
    "-----BEGIN PRIVATE KEY-----",
    "-----END PRIVATE KEY-----\n",
    "password",
    "key:",
    "a-",
    "://:",
    '"',
    "A",
    "https://a",
  ])("takes no longer for many times %j than for any text", (part) => {
    const begun = performance.now();
    redact(part.repeat(Math.ceil(60_000 / part.length)));
    // Catches what grows with the square of the length: that takes minutes.
    expect(performance.now() - begun).toBeLessThan(5_000);
  });
});
