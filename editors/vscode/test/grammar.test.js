// What the grammar makes of programs, line by line, as an editor would.
"use strict";

const assert = require("node:assert/strict");
const fs = require("node:fs");
const path = require("node:path");
const { test, before } = require("node:test");
const oniguruma = require("vscode-oniguruma");
const textmate = require("vscode-textmate");

const GRAMMAR = path.join(__dirname, "..", "syntaxes", "kanvas.tmLanguage.json");
const EXAMPLES = process.env.KANVAS_EXAMPLES ?? path.join(__dirname, "..", "..", "..", "examples");

let grammar;

before(async () => {
  const wasm = fs.readFileSync(require.resolve("vscode-oniguruma/release/onig.wasm"));
  await oniguruma.loadWASM(wasm.buffer.slice(wasm.byteOffset, wasm.byteOffset + wasm.byteLength));
  const registry = new textmate.Registry({
    onigLib: Promise.resolve({
      createOnigScanner: (patterns) => new oniguruma.OnigScanner(patterns),
      createOnigString: (text) => new oniguruma.OnigString(text),
    }),
    loadGrammar: async () => textmate.parseRawGrammar(fs.readFileSync(GRAMMAR, "utf8"), GRAMMAR),
  });
  grammar = await registry.loadGrammar("source.kanvas");
});

/** The words of a text, each with the innermost scope that it has; and the state at the end. */
function tokenize(text) {
  const found = [];
  let state = textmate.INITIAL;
  for (const line of text.split("\n")) {
    const result = grammar.tokenizeLine(line, state);
    for (const token of result.tokens) {
      const word = line.slice(token.startIndex, token.endIndex).trim();
      if (word) {
        found.push({ word, scope: token.scopes.at(-1), scopes: token.scopes });
      }
    }
    state = result.ruleStack;
  }
  return { found, state };
}

/** The scope of the first token with this text. */
function scopeOf(text, word) {
  const token = tokenize(text).found.find((one) => one.word === word);
  assert.ok(token, `no token ${word} in ${text}`);
  return token.scope;
}

const CASES = [
  ["machine order", "machine", "storage.type.kanvas"],
  ["machine order", "order", "entity.name.type.machine.kanvas"],
  ["type line", "line", "entity.name.type.kanvas"],
  ["  accepts", "accepts", "keyword.control.section.kanvas"],
  ["  responds with", "responds with", "keyword.control.section.kanvas"],
  ["    name as text", "name", "variable.other.property.kanvas"],
  ["    name as text", "text", "support.type.kanvas"],
  ["    name as text, is required", "is required", "storage.modifier.kanvas"],
  ["    lines as list of line", "line", "support.type.kanvas"],
  ["    ask reading, using: \"a:b\"", "ask", "keyword.control.step.kanvas"],
  ["    ask reading, using: \"a:b\"", "reading", "entity.name.function.step.kanvas"],
  ["    decide queue", "queue", "entity.name.function.step.kanvas"],
  ["      when a is at least 4", "is at least", "keyword.operator.word.kanvas"],
  ["      not allowed to", "not allowed to", "keyword.control.permission.kanvas"],
  ["      requires approval for", "requires approval for", "keyword.control.permission.kanvas"],
  ["      x.map(a => a.b)", "map", "support.function.kanvas"],
  ["      steps.reading", "steps", "variable.language.kanvas"],
  ["      steps.reading", "reading", "variable.other.property.kanvas"],
  ["      1.5e3", "1.5e3", "constant.numeric.kanvas"],
  ["      true", "true", "constant.language.kanvas"],
  ["    // a machine", "// a machine", "comment.line.double-slash.kanvas"],
  ["      \"a\\n\"", "\\n", "constant.character.escape.kanvas"],
  ["      \"a\\q\"", "\\q", "invalid.illegal.escape.kanvas"],
];

for (const [text, word, scope] of CASES) {
  test(`${text.trim()}: ${word}`, () => assert.equal(scopeOf(text, word), scope));
}

test("a word that is a name is no keyword", () => {
  for (const text of ["    from as text", "    returns: 1", "      input.with", "    machine as text"]) {
    const name = /from|returns|with|machine/.exec(text)[0];
    assert.equal(scopeOf(text, name), "variable.other.property.kanvas", text);
  }
});

test("texts hold expressions, which hold texts and braces", () => {
  const { found, state } = tokenize('"a ${input.x ?? "b ${ {k: 1}.k }"} c" 42');
  const scope = (word) => found.find((one) => one.word === word);
  assert.ok(scope("input").scopes.includes("meta.interpolation.kanvas"));
  assert.equal(scope("input").scope, "variable.language.kanvas");
  assert.equal(scope("k").scope, "variable.other.property.kanvas");
  assert.ok(scope("c").scopes.includes("string.quoted.double.kanvas"));
  assert.deepEqual(scope("42").scopes, ["source.kanvas", "constant.numeric.kanvas"]);
  assert.equal(state.depth, 1);
});

test("a text over several lines ends where it ends", () => {
  const { found, state } = tokenize('"""\n  a machine\n  """\nmachine m');
  assert.ok(found.some((one) => one.word === "a machine" && one.scope.startsWith("string")));
  assert.equal(found.find((one) => one.word === "machine").scope, "storage.type.kanvas");
  assert.equal(state.depth, 1);
});

test("an unclosed text spoils its line alone", () => {
  const { found } = tokenize('"never closed\nmachine m');
  assert.equal(found.find((one) => one.word === "machine").scope, "storage.type.kanvas");
});

test("nothing is left open at the end of an example", () => {
  const files = fs.readdirSync(EXAMPLES, { recursive: true }).filter((f) => f.endsWith(".kanvas") && !f.endsWith("/.kanvas"));
  assert.ok(files.length > 0);
  for (const file of files) {
    const { found, state } = tokenize(fs.readFileSync(path.join(EXAMPLES, file), "utf8"));
    assert.equal(state.depth, 1, file);
    const illegal = found.filter((one) => one.scope.startsWith("invalid"));
    assert.deepEqual(illegal, [], file);
  }
});
