// Which kanvasc a workspace means. Nothing here knows the editor, so that it can be tested alone.
"use strict";

const fs = require("node:fs");
const path = require("node:path");

const FOLDERS = [".venv", "venv", "env"];

/** The program's name in a virtual environment. */
function inEnvironment(environment, platform) {
  return platform === "win32"
    ? path.join(environment, "Scripts", "kanvasc.exe")
    : path.join(environment, "bin", "kanvasc");
}

/** The program beside an interpreter: both are in the folder of their environment. */
function besideInterpreter(interpreter, platform) {
  const name = platform === "win32" ? "kanvasc.exe" : "kanvasc";
  return path.join(path.dirname(interpreter), name);
}

/**
 * The kanvasc to start: the one that a setting names, else that of the workspace's environment,
 * else the one on the PATH.
 */
function findServer({ setting, folders, interpreter, platform, exists = fs.existsSync }) {
  if (setting) {
    return setting;
  }
  const candidates = folders.flatMap((folder) =>
    FOLDERS.map((name) => inEnvironment(path.join(folder, name), platform)),
  );
  if (interpreter) {
    candidates.push(besideInterpreter(interpreter, platform));
  }
  return candidates.find((candidate) => exists(candidate)) ?? "kanvasc";
}

module.exports = { findServer };
