// Checks the types, bundles each test and runs them all by Node's own runner. The last line is for scripts/test.
import {spawnSync} from "node:child_process";
import {mkdtempSync, readdirSync, rmSync} from "node:fs";
import {tmpdir} from "node:os";
import {dirname, join} from "node:path";
import {fileURLToPath} from "node:url";
import {prepare} from "./build.mjs";

const here = dirname(fileURLToPath(import.meta.url));
prepare();
const {buildSync} = await import("esbuild");

let passed = 0;
let failed = 0;

for (const project of [".", "test"]) {
    const tsc = spawnSync(join(here, "node_modules/.bin/tsc"), ["--noEmit", "-p", project], {
        cwd: here,
        stdio: "inherit",
    });
    if (tsc.status === 0) passed++;
    else failed++;
}

const out = mkdtempSync(join(tmpdir(), "leveret-web-test-"));
try {
    const tests = readdirSync(join(here, "test")).filter((name) => name.endsWith(".test.ts"));
    buildSync({
        absWorkingDir: here,
        entryPoints: tests.map((name) => join("test", name)),
        outdir: out,
        outExtension: {".js": ".mjs"},
        bundle: true,
        platform: "node",
        format: "esm",
        logLevel: "warning",
    });
    const bundled = readdirSync(out).map((name) => join(out, name));
    const run = spawnSync(
        process.execPath,
        ["--test", ...bundled, join(here, "test/bundle.test.mjs")],
        {encoding: "utf8"},
    );
    process.stdout.write(run.stdout + run.stderr);
    const total = (word) =>
        Number(new RegExp(`^(?:#|ℹ) ${word} (\\d+)$`, "m").exec(run.stdout)?.[1] ?? 0);
    passed += total("pass");
    failed += total("fail") + total("cancelled");
    if (run.status !== 0 && total("fail") === 0) failed++;
} finally {
    rmSync(out, {recursive: true});
}
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
