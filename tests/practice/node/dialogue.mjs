// The test gives settings in TEST_SETTINGS and plays the browser: one line of JSON out, one line back.
import { webcrypto } from "node:crypto";
import { createRequire } from "node:module";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";

globalThis.crypto ??= webcrypto; // Node 18 does not have it there
const modules = process.env.RC_NODE_MODULES;

export const settings = JSON.parse(process.env.TEST_SETTINGS);
export const load = createRequire(join(modules, "loaded-from-here.js"));
export const loadModule = (path) => import(pathToFileURL(join(modules, path)).href);

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();

/** Let the browser open `url`; return the address on which it lands. */
export async function browse(url) {
  console.log(JSON.stringify({ browse: String(url) }));
  return JSON.parse((await lines.next()).value);
}

/** Give the test what it is to look at, and end. */
export function report(found) {
  console.log(JSON.stringify({ report: found }));
  process.exit(0);
}
