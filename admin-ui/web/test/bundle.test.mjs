// What the built files may weigh and must not hold.
import assert from "node:assert/strict";
import {readFileSync, readdirSync} from "node:fs";
import {dirname, join} from "node:path";
import {test} from "node:test";
import {fileURLToPath} from "node:url";
import {bundle, compressed} from "../build.mjs";

const sources = join(dirname(fileURLToPath(import.meta.url)), "../src");
const {files, metafile} = await bundle();

const weight = (name) => compressed(files.get(name)).brotli.length;
const outputs = Object.entries(metafile.outputs).map(([path, output]) => ({
    ...output,
    name: path.replace(/^ui\//, ""),
}));

/** A file and all that it imports at once. */
function withImports(name, found = new Set()) {
    if (found.has(name)) return found;
    found.add(name);
    for (const {path, kind} of outputs.find((one) => one.name === name).imports) {
        if (kind === "import-statement") withImports(path.replace(/^ui\//, ""), found);
    }
    return found;
}

const entryOf = (source) => outputs.find((one) => one.entryPoint === source).name;
const total = (names) => [...names].reduce((sum, name) => sum + weight(name), 0);
const shell = withImports(entryOf("src/main.tsx"));
const kB = 1024;

test("the first page is at most 60 KB of script in brotli, the lists with it", () => {
    const first = new Set(shell);
    for (const page of [
        "overview/overview.tsx",
        "queues.tsx",
        "exchanges.tsx",
        "connections.tsx",
        "channels.tsx",
    ]) {
        for (const name of withImports(entryOf(`src/pages/${page}`))) first.add(name);
    }
    assert.ok(total(first) <= 60 * kB, `${total(first)} octets`);
});

test("the message browser adds at most 30 KB", () => {
    const lazy = [...withImports(entryOf("src/pages/queue/queue.tsx"))].filter(
        (name) => !shell.has(name),
    );
    const charts = withImports(entryOf("src/pages/overview/overview.tsx"));
    const own = lazy.filter((name) => !charts.has(name));
    assert.ok(total(own) <= 30 * kB, `${total(own)} octets`);
});

test("all script together is at most 145 KB", () => {
    const scripts = [...files.keys()].filter((name) => name.endsWith(".js"));
    assert.ok(total(scripts) <= 145 * kB, `${total(scripts)} octets`);
});

test("the style is at most 10 KB", () => {
    const styles = [...files.keys()].filter((name) => name.endsWith(".css"));
    assert.ok(total(styles) <= 10 * kB, `${total(styles)} octets`);
});

test("nothing needs more than the content security policy gives", () => {
    for (const [name, octets] of files) {
        const text = octets.toString();
        if (name.endsWith(".js")) assert.doesNotMatch(text, /\beval\(|\bnew Function\(/, name);
        if (name.endsWith(".html")) assert.doesNotMatch(text, /\sstyle=|<script>|\son\w+=/, name);
    }
    for (const name of readdirSync(sources, {recursive: true})) {
        if (!/\.tsx?$/.test(name)) continue;
        const text = readFileSync(join(sources, name), "utf8");
        assert.doesNotMatch(
            text,
            /innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(/,
            name,
        );
    }
});

test("every package in the bundle comes with its licence", () => {
    const text = files.get("licenses.txt").toString();
    for (const name of ["preact", "@preact/signals", "uplot", "@msgpack/msgpack"]) {
        assert.match(text, new RegExp(`^${name} \\d`, "m"));
    }
});

test("names of what never changes hold a hash, the page names them", () => {
    const page = files.get("index.html").toString();
    for (const [, path] of page.matchAll(/(?:href|src)="\/ui\/(.*?)"/g))
        assert.ok(files.has(path), path);
    for (const name of files.keys())
        if (name.startsWith("assets/")) assert.match(name, /-[A-Z0-9]{8}\.(js|css)$/);
});
