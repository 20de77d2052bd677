// Which kanvasc is started.
"use strict";

const assert = require("node:assert/strict");
const path = require("node:path");
const { test } = require("node:test");
const { findServer } = require("../server");

const there = (...paths) => (candidate) => paths.includes(candidate);

test("a setting comes first", () => {
  const found = findServer({ setting: "/opt/kanvasc", folders: ["/w"], platform: "linux", exists: () => true });
  assert.equal(found, "/opt/kanvasc");
});

test("the workspace's environment comes before the interpreter and the PATH", () => {
  const own = path.join("/w", ".venv", "bin", "kanvasc");
  const options = { setting: "", folders: ["/v", "/w"], interpreter: "/py/bin/python", platform: "linux" };
  assert.equal(findServer({ ...options, exists: there(own, "/py/bin/kanvasc") }), own);
  assert.equal(findServer({ ...options, exists: there("/py/bin/kanvasc") }), "/py/bin/kanvasc");
  assert.equal(findServer({ ...options, exists: () => false }), "kanvasc");
});

test("on Windows it is a program in Scripts", () => {
  const own = path.join("/w", "venv", "Scripts", "kanvasc.exe");
  assert.equal(findServer({ folders: ["/w"], platform: "win32", exists: there(own) }), own);
});
