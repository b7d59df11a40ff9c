import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { withMember, withoutMember } from "../../src/setup/json-edit.ts";
import { unifiedDiff } from "../../src/setup/diff.ts";
import { withInstructions, withoutInstructions } from "../../src/setup/instructions.ts";

const AT = ["mcpServers", "baton"] as const;
const dialect = { comments: "allowed", trailingCommas: "allowed" } as const;
const strict = { comments: "refused", trailingCommas: "refused" } as const;
const value = { command: "/opt/baton", args: ["mcp"] };

const register = (text: string) => withMember(text, AT, { value, dialect });
const unregister = (text: string, former = "") => withoutMember(text, AT, { former, dialect });

describe("a server that is added to JSON", () => {
  it.for([
    [
      "comments, after the last of several",
      '{\n  // theme\n  "ui": {"t": 1}, /* c */\n  "mcpServers": {\n    "a": {"command": "y"} // z\n  }\n}',
      '{\n  // theme\n  "ui": {"t": 1}, /* c */\n  "mcpServers": {\n    "a": {"command": "y"}, // z\n    "baton": {\n      "command": "/opt/baton",\n      "args": [\n        "mcp"\n      ]\n    }\n  }\n}',
    ],
    [
      "tabs, without other servers",
      '{\n\t"ui": 1\n}\n',
      '{\n\t"ui": 1,\n\t"mcpServers": {\n\t\t"baton": {\n\t\t\t"command": "/opt/baton",\n\t\t\t"args": [\n\t\t\t\t"mcp"\n\t\t\t]\n\t\t}\n\t}\n}\n',
    ],
    [
      "one line",
      '{"ui": 1, "mcpServers": {"a": {}}}',
      '{"ui": 1, "mcpServers": {"a": {}, "baton":{"command":"/opt/baton","args":["mcp"]}}}',
    ],
    [
      "a comma before the end",
      '{\r\n  "mcpServers": {\r\n    "a": {},\r\n  },\r\n}\r\n',
      '{\r\n  "mcpServers": {\r\n    "a": {},\r\n    "baton": {\r\n      "command": "/opt/baton",\r\n      "args": [\r\n        "mcp"\r\n      ]\r\n    },\r\n  },\r\n}\r\n',
    ],
    [
      "nothing but a comment",
      '{\n  "mcpServers": {\n    // none yet\n  }\n}\n',
      '{\n  "mcpServers": {\n    // none yet\n    "baton": {\n      "command": "/opt/baton",\n      "args": [\n        "mcp"\n      ]\n    }\n  }\n}\n',
    ],
  ] as const)("keeps %s, and goes without a trace", ([, before, after]) => {
    expect(register(before)).toBe(after);
    expect(register(after)).toBe(after);
    expect(unregister(after, before)).toBe(before);
  });

  it("makes a file that is empty, and an object that is", () => {
    const made =
      '{\n  "mcpServers": {\n    "baton": {\n      "command": "/opt/baton",\n      "args": [\n        "mcp"\n      ]\n    }\n  }\n}';
    expect(register("")).toBe(`${made}\n`);
    expect(register("{}")).toBe(made);
    expect(unregister(made)).toBe("{}");
  });

  it("replaces the entry that is there, and puts it back", () => {
    const before = '{\n  "mcpServers": {\n    "baton": {"command": "old"}, // mine\n    "z": {}\n  }\n}\n';
    const after = register(before);
    expect(JSON.parse(after.replace("// mine", ""))).toEqual({ mcpServers: { baton: value, z: {} } });
    expect(after).toContain("// mine");
    expect(unregister(after)).toBe('{\n  "mcpServers": { // mine\n    "z": {}\n  }\n}\n');
    expect(JSON.parse(unregister(after, before).replace("// mine", ""))).toEqual({
      mcpServers: { baton: { command: "old" }, z: {} },
    });
  });

  it.for([
    ['{\n  "a": 1,\n  oops\n}', "line 3, column 3"],
    ['{\n  "a": 1 "b"', "line 2, column 10"],
    ['{"a": tru}', "line 1, column 7"],
    ['{"a": "x', "line 1, column 7"],
    ['{"a": 1}\n}', "line 2, column 1"],
    ['{"a": 01}', "line 1, column 7"],
    ["{ /* no end", "line 1, column 3"],
  ] as const)("is refused with the place in the invalid %j", ([text, place]) => {
    expect(() => register(text)).toThrow(place);
  });

  it("is refused where a reader of plain JSON would refuse the file", () => {
    const edit = (text: string) => withMember(text, AT, { value, dialect: strict });
    expect(() => edit('{\n  "a": 1, // c\n}')).toThrow("line 2, column 11");
    expect(() => edit('{\n  "a": 1,\n}')).toThrow("line 2, column 9");
  });

  it("is refused where the file is not what is expected", () => {
    expect(() => register("[]")).toThrow("line 1: an object is expected");
    expect(() => register('{"mcpServers": 1}')).toThrow("an object is expected");
    expect(() => register('{"mcpServers": {},\n"mcpServers": {}}')).toThrow("line 2");
  });
});

describe("any JSON object", () => {
  it("is the same bytes after registering and taking out again", () => {
    const name = fc.string({ minLength: 1 }).filter((key) => key !== "mcpServers");
    const root = fc.dictionary(name, fc.jsonValue(), { minKeys: 1, noNullPrototype: true });
    const others = fc.option(
      fc.dictionary(
        name.filter((key) => key !== "baton"),
        fc.jsonValue(),
        { minKeys: 1 },
      ),
    );
    fc.assert(
      fc.property(root, others, fc.constantFrom(undefined, 2, 4, "\t"), (content, mcpServers, indent) => {
        const text = JSON.stringify(mcpServers === null ? content : { ...content, mcpServers }, null, indent);
        const registered = register(text);
        // As JSON writes it: a drawn -0 is written 0.
        const written = JSON.parse(text);
        expect(JSON.parse(registered)).toEqual({
          ...written,
          mcpServers: { ...written.mcpServers, baton: value },
        });
        expect(unregister(registered, text)).toBe(text);
      }),
      { numRuns: 300 },
    );
  });
});

describe("the lines for an agent's instructions", () => {
  it.for(["", "# Mine\n", "# Mine", "# Mine\r\n\r\ntext\r\n"])("go in once and out again: %j", (text) => {
    const once = withInstructions(text);
    expect(once).toContain("native_id");
    expect(withInstructions(once)).toBe(once);
    expect(withoutInstructions(once, "")).toBe(text);
  });

  it("have the line ends of the file", () => {
    expect(withInstructions("# Mine\r\n").replaceAll("\r\n", "")).not.toContain("\n");
  });
});

describe("a diff", () => {
  it("shows what changes, with three lines around it", () => {
    expect(unifiedDiff("f", "1\n2\n3\n4\n5\n", "1\n2\n3\n4\n5\n\n6\n")).toBe(
      "--- f\n+++ f\n@@ -3,3 +3,5 @@\n 3\n 4\n 5\n+\n+6\n",
    );
    expect(unifiedDiff("f", null, "a")).toBe(
      "--- /dev/null\n+++ f\n@@ -0,0 +1,1 @@\n+a\n\\ No newline at end of file\n",
    );
    expect(unifiedDiff("f", "a\n", "a\n")).toBe("");
  });
});
