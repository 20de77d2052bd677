// The grammar stands once, beside the compiler's; the extension gets a copy.
"use strict";

const fs = require("node:fs");
const path = require("node:path");

const root = path.join(__dirname, "..");
const name = "kanvas.tmLanguage.json";
fs.mkdirSync(path.join(root, "syntaxes"), { recursive: true });
fs.copyFileSync(path.join(root, "..", "..", "grammar", name), path.join(root, "syntaxes", name));
