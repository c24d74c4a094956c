// Whether all that package.json names is really installed, file by file: an installation that was
// cut short, or copied in part, is found here and not in the middle of a test.
import { readFile } from "node:fs/promises";

const { dependencies, devDependencies } = JSON.parse(await readFile("package.json", "utf8"));
for (const name of Object.keys({ ...dependencies, ...devDependencies })) await import(name);
await readFile("node_modules/.bin/vite");
