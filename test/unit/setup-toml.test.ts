import fc from "fast-check";
import { stringify } from "smol-toml";
import { describe, expect, it } from "vitest";

import { parseToml, withoutTable, withTable } from "../../src/setup/toml-edit.ts";

const AT = ["mcp_servers", "baton"] as const;
const VALUES = { command: "/opt/baton", args: ["mcp"], tool_timeout_sec: { float: 600 } };
const BLOCK = '[mcp_servers.baton]\ncommand = "/opt/baton"\nargs = ["mcp"]\ntool_timeout_sec = 600.0\n';

const register = (text: string) => withTable(text, AT, VALUES);

describe("a table that is added to TOML", () => {
  it.for([
    ["an empty file", "", BLOCK],
    ["comments and odd formatting", "# top\na   =  1 # why\n\n", `# top\na   =  1 # why\n\n\n${BLOCK}`],
    ["no line break at the end", "a = 1", `a = 1\n\n${BLOCK.trimEnd()}`],
    ["CRLF", "a = 1\r\n[b]\r\n", `a = 1\r\n[b]\r\n\r\n${BLOCK.replaceAll("\n", "\r\n")}`],
    [
      "another server",
      "[mcp_servers.other]\ncommand = 'x'\n",
      `[mcp_servers.other]\ncommand = 'x'\n\n${BLOCK}`,
    ],
    [
      "the table of all servers",
      "[mcp_servers]\nother.command = 'x' # o\n",
      `[mcp_servers]\nother.command = 'x' # o\n\n${BLOCK}`,
    ],
    [
      "a text that only looks like it",
      'a = """\n[mcp_servers.baton]\ncommand = "x"\n"""\n# [mcp_servers.baton]\n',
      `a = """\n[mcp_servers.baton]\ncommand = "x"\n"""\n# [mcp_servers.baton]\n\n${BLOCK}`,
    ],
  ] as const)("stands at the end after %s, and goes without a trace", ([, before, after]) => {
    expect(register(before)).toBe(after);
    expect(register(after)).toBe(after);
    expect(withoutTable(after, AT)).toBe(before);
  });

  it("is changed where it stands, with its comments, its other keys and what is around it", () => {
    const before = `# first
[mcp_servers."baton"] # mine
command = 'old' # by hand
enabled_tools = [ # two
  "ask_agent", # ]
]
tool_timeout_sec = 600
[mcp_servers.baton.env]
A = "b"
[z]
y = 1
`;
    expect(register(before)).toBe(`# first
[mcp_servers."baton"] # mine
command = "/opt/baton" # by hand
enabled_tools = [ # two
  "ask_agent", # ]
]
tool_timeout_sec = 600.0
args = ["mcp"]
[mcp_servers.baton.env]
A = "b"
[z]
y = 1
`);
    expect(withoutTable(before, AT)).toBe("# first\n[z]\ny = 1\n");
    expect(withoutTable(register(before), AT, before)).toBe(
      before.replace("[z]\ny = 1\n", "").concat("[z]\ny = 1\n"),
    );
  });

  it("is taken out of the middle, and nothing beside it", () => {
    const text = `a = 1\n\n${BLOCK}\n# about z\n[z]\n`;
    expect(withoutTable(text, AT)).toBe("a = 1\n\n# about z\n[z]\n");
    expect(withoutTable(`a = 1\n${BLOCK}[z]\n`, AT)).toBe("a = 1\n[z]\n");
  });

  it.for([
    ["inline", 'a = 1\nmcp_servers.baton = { command = "x" }\n', "line 2"],
    ["inline as a whole", "mcp_servers = { other = { command = 'x' } }\n", "line 1"],
    ["with dotted keys", "[mcp_servers]\nbaton.command = 'x'\n", "line 2"],
    ["with a quoted dotted key", "\n[mcp_servers]\n\"baton\" . 'command' = 'x'\n", "line 3"],
  ] as const)("is refused where it is written %s", ([, text, line]) => {
    expect(() => register(text)).toThrow(line);
  });

  it("is not taken out where it is written inline", () => {
    expect(() => withoutTable('a = 1\nmcp_servers.baton = { command = "x" }\n', AT)).toThrow("line 2");
  });

  it("that is there inline with the right values needs nothing", () => {
    const text = 'mcp_servers.baton = { command = "/opt/baton", args = ["mcp"], tool_timeout_sec = 600.0 }\n';
    expect(register(text)).toBe(text);
  });

  it.for([
    ["a = 1\nb = \n", "line 2, column 5"],
    ["a = 1\n[b\n", "line 2, column 3"],
    ["a = 1\na = 2\n", "line 2, column 1"],
  ] as const)("is refused with the place in the invalid %j", ([text, place]) => {
    expect(() => register(text)).toThrow(place);
  });
});

const scalar = fc.oneof(
  fc.string({ unit: "grapheme", maxLength: 20 }),
  fc.integer(),
  fc.boolean(),
  fc.double({ noDefaultInfinity: true, noNaN: true }),
  fc.array(fc.constantFrom("]", "#", '"', "'", "[mcp_servers.baton]\n")),
  fc.record({ "a b": fc.string(), "[x]": fc.boolean() }),
);
const key = fc.oneof(
  fc.constantFrom("baton", "mcp", 'q"', "a.b", "#"),
  fc.string({ minLength: 1, maxLength: 8 }),
);
const usable = key.filter((name) => !["__proto__", "mcp_servers"].includes(name));
const table = fc.dictionary(usable, scalar, { maxKeys: 4 });
const servers = fc.dictionary(
  usable.filter((name) => name !== "baton"),
  table,
  { maxKeys: 3 },
);
const document = fc.tuple(
  fc.dictionary(usable, fc.oneof(scalar, table), { maxKeys: 5 }),
  servers,
  fc.constantFrom("\n", "\r\n"),
  fc.constantFrom("", "# end", "# end\n", "\n\n"),
);

describe("any TOML", () => {
  it("is the same bytes after registering and taking out again", () => {
    fc.assert(
      fc.property(document, ([root, others, eol, end]) => {
        const text = (stringify({ ...root, mcp_servers: others }) + end).replaceAll("\n", eol);
        const registered = register(text);
        expect(parseToml(registered)["mcp_servers"]).toMatchObject({ baton: { command: "/opt/baton" } });
        expect(register(registered)).toBe(registered);
        expect(withoutTable(registered, AT)).toBe(text);
      }),
      { numRuns: 300 },
    );
  });
});
