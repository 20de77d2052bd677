// Starts `kanvasc lsp` of the workspace's environment; everything else is the server's.
"use strict";

const vscode = require("vscode");
const { LanguageClient } = require("vscode-languageclient/node");
const { findServer } = require("./server");

/** @type {LanguageClient | undefined} */
let client;

/** The interpreter that the Python extension has chosen, where there is that extension. */
async function interpreter() {
  const python = vscode.extensions.getExtension("ms-python.python");
  if (python === undefined) {
    return undefined;
  }
  try {
    const api = python.isActive ? python.exports : await python.activate();
    return api?.environments?.getActiveEnvironmentPath()?.path;
  } catch {
    return undefined;
  }
}

async function start() {
  const command = findServer({
    setting: vscode.workspace.getConfiguration("kanvas").get("server.path"),
    folders: (vscode.workspace.workspaceFolders ?? []).map((folder) => folder.uri.fsPath),
    interpreter: await interpreter(),
    platform: process.platform,
  });
  const program = { command, args: ["lsp"] };
  const selector = [
    { scheme: "file", language: "kanvas" },
    { scheme: "untitled", language: "kanvas" },
  ];
  client = new LanguageClient("kanvas", "Kanvas", program, { documentSelector: selector });
  try {
    await client.start();
  } catch (problem) {
    const settings = "Open Settings";
    const chosen = await vscode.window.showErrorMessage(
      `${command} could not be started (${problem?.message ?? problem}). Install it in this ` +
        'workspace\'s environment, pip install "kanvasc[lsp]", or name it in kanvas.server.path.',
      settings,
    );
    if (chosen === settings) {
      await vscode.commands.executeCommand("workbench.action.openSettings", "kanvas.server.path");
    }
  }
}

async function stop() {
  const running = client;
  client = undefined;
  await running?.dispose();
}

async function restart() {
  await stop();
  await start();
}

/** @param {vscode.ExtensionContext} context */
async function activate(context) {
  context.subscriptions.push(
    vscode.commands.registerCommand("kanvas.restart", restart),
    vscode.workspace.onDidChangeConfiguration((change) => {
      if (change.affectsConfiguration("kanvas.server.path")) {
        return restart();
      }
    }),
  );
  await start();
}

module.exports = { activate, deactivate: stop };
