// node asyncapi.mjs FILE…: what the official parser has against each document; one line a finding.
import { readFileSync } from "node:fs";

import { Parser } from "@asyncapi/parser";

const parser = new Parser();
// It would like the newest version of the specification, which tools do not read yet.
const IGNORED = new Set(["asyncapi-latest-version"]);

for (const file of process.argv.slice(2)) {
	const { document, diagnostics } = await parser.parse(readFileSync(file, "utf8"));
	for (const { code, path, message } of diagnostics) {
		if (!IGNORED.has(code)) console.log(`${file} ${code} ${path.join("/")} ${message}`);
	}
	if (document === undefined) console.log(`${file} cannot be read`);
	else console.error(`${file} ${document.operations().length} operations`);
}
