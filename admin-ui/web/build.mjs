// Builds the console: bundles it, writes every file also as gzip and brotli, and the C++ source that puts them
// into the binary. Node and esbuild only; `npm ci` is run when the packages are not those of the lock file.
//
//   node build.mjs --out DIRECTORY             the files, to be looked at or served from disk
//   node build.mjs --out DIRECTORY --cpp FILE  and the source that embeds them, with FILE.d for ninja
//   node build.mjs --prepare                   only the packages
import {execFileSync} from "node:child_process";
import {createHash} from "node:crypto";
import {existsSync, mkdirSync, readFileSync, rmSync, writeFileSync} from "node:fs";
import {dirname, join, relative, resolve} from "node:path";
import {fileURLToPath} from "node:url";
import {parseArgs} from "node:util";
import {brotliCompressSync, constants, gzipSync} from "node:zlib";

const here = dirname(fileURLToPath(import.meta.url));

const CONTENT_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
};

/** Installs what the lock file says, if that is not what is there. */
export function prepare() {
    const lock = readFileSync(join(here, "package-lock.json"));
    const stamp = join(here, "node_modules", ".lock-sha256");
    const digest = createHash("sha256").update(lock).digest("hex");
    if (existsSync(stamp) && readFileSync(stamp, "utf8") === digest) return;
    // No package's script runs: esbuild's own only makes its start a little faster.
    execFileSync("npm", ["ci", "--ignore-scripts"], {cwd: here, stdio: ["ignore", 2, 2]});
    writeFileSync(stamp, digest);
}

/** Bundles into memory: esbuild's files by their path below /ui/, and what they were made of. */
export async function bundle() {
    const {build} = await import("esbuild");
    const result = await build({
        absWorkingDir: here,
        entryPoints: {main: "src/main.tsx"},
        bundle: true,
        splitting: true,
        format: "esm",
        target: "es2022",
        minify: true,
        metafile: true,
        write: false,
        outdir: "ui/assets",
        entryNames: "[name]-[hash]",
        chunkNames: "[name]-[hash]",
        jsx: "automatic",
        jsxImportSource: "preact",
        legalComments: "none",
        logLevel: "warning",
    });
    const files = new Map();
    for (const file of result.outputFiles)
        files.set(relative(join(here, "ui"), file.path), Buffer.from(file.contents));
    const named = (start, end) =>
        [...files.keys()].find((name) => name.startsWith(start) && name.endsWith(end));
    const main = named("assets/main-", ".js");
    const page = readFileSync(join(here, "src/index.html"), "utf8")
        .replace("main.js", main)
        .replace("</head>", `${preloads(result.metafile, main)}</head>`)
        .replace("main.css", named("assets/main-", ".css"));
    files.set("index.html", Buffer.from(page));
    files.set("mark.svg", readFileSync(join(here, "src/mark.svg")));
    files.set("licenses.txt", Buffer.from(licences(result.metafile)));
    return {files, metafile: result.metafile};
}

/** What the first page imports, asked for at once and not one after the other. */
function preloads(metafile, main) {
    const imports = new Set();
    const follow = (output) => {
        for (const {path, kind} of metafile.outputs[output].imports) {
            if (kind !== "import-statement" || imports.has(path)) continue;
            imports.add(path);
            follow(path);
        }
    };
    follow(`ui/${main}`);
    return [...imports].map((path) => `<link rel="modulepreload" href="/${path}">\n`).join("");
}

/** The licence texts of the packages that went into the bundle. */
function licences(metafile) {
    const names = new Set();
    for (const input of Object.keys(metafile.inputs)) {
        const name = /(?:^|\/)node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(input)?.[1];
        if (name) names.add(name);
    }
    return [...names]
        .sort()
        .map((name) => {
            const folder = join(here, "node_modules", name);
            const {version, license} = JSON.parse(
                readFileSync(join(folder, "package.json"), "utf8"),
            );
            const file = ["LICENSE", "LICENSE.md", "LICENSE.txt", "LICENCE"].find((one) =>
                existsSync(join(folder, one)),
            );
            if (!file)
                throw new Error(`${name} comes without the text of its licence (${license})`);
            return `${name} ${version} (${license})\n\n${readFileSync(join(folder, file), "utf8").trim()}\n`;
        })
        .join(`\n${"-".repeat(80)}\n\n`);
}

/** gzip and brotli of one file, where that is smaller than the file itself. */
export function compressed(octets) {
    const brotli = brotliCompressSync(octets, {
        params: {
            [constants.BROTLI_PARAM_QUALITY]: 11,
            [constants.BROTLI_PARAM_SIZE_HINT]: octets.length,
        },
    });
    const gzip = gzipSync(octets, {level: 9});
    return {
        identity: octets,
        gzip: gzip.length < octets.length ? gzip : Buffer.alloc(0),
        brotli: brotli.length < octets.length ? brotli : Buffer.alloc(0),
    };
}

function write(path, octets) {
    mkdirSync(dirname(path), {recursive: true});
    writeFileSync(path, octets);
}

/** The source for the binary: one .incbin per encoding, one row per file. */
function embedding(rows) {
    const blobs = [];
    const table = rows.map(({name, etag, encodings}, index) => {
        const octets = Object.entries(encodings).map(([encoding, {path, length}]) => {
            if (length === 0) return "{}";
            const symbol = `leveret_console_${index}_${encoding}`;
            blobs.push({symbol, path});
            return `{${symbol}, ${length}}`;
        });
        const type = CONTENT_TYPES[/\.\w+$/.exec(name)[0]];
        const immutable = name.startsWith("assets/");
        return `    {"/ui/${name}", "${type}", R"(${etag})", ${immutable},\n     ${octets.join(", ")}},`;
    });
    return `// Written by admin-ui/web/build.mjs: the files of the console.
#include "admin-ui/api/assets.hpp"

${blobs
    .map(
        ({symbol, path}) => `asm(R"(
    .pushsection .rodata
    .global ${symbol}
    .hidden ${symbol}
${symbol}:
    .incbin "${path}"
    .popsection
)");`,
    )
    .join("\n")}

extern "C" {
${blobs.map(({symbol}) => `extern const char ${symbol}[];`).join("\n")}
}

namespace leveret::admin {

namespace {
constexpr Asset table[] = {
${table.join("\n")}
};
}  // namespace

std::span<const Asset> assets() {
    return table;
}

}  // namespace leveret::admin
`;
}

async function main() {
    const {values} = parseArgs({
        options: {out: {type: "string"}, cpp: {type: "string"}, prepare: {type: "boolean"}},
    });
    prepare();
    if (values.prepare) return;
    if (!values.out) throw new Error("usage: build.mjs --out DIRECTORY [--cpp FILE] | --prepare");

    const {files, metafile} = await bundle();
    const out = resolve(values.out);
    rmSync(out, {recursive: true, force: true});
    const rows = [...files.keys()].sort().map((name) => {
        const octets = files.get(name);
        const encodings = {};
        for (const [encoding, content] of Object.entries(compressed(octets))) {
            const path =
                join(out, "ui", name) + {identity: "", gzip: ".gz", brotli: ".br"}[encoding];
            if (content.length > 0) write(path, content);
            encodings[encoding] = {path, length: content.length};
        }
        const etag = `W/"${createHash("sha256").update(octets).digest("hex").slice(0, 16)}"`;
        return {name, etag, encodings};
    });
    if (!values.cpp) return;
    const cpp = resolve(values.cpp);
    write(cpp, embedding(rows));
    const inputs = [
        ...Object.keys(metafile.inputs),
        "src/index.html",
        "src/mark.svg",
        "package-lock.json",
        "build.mjs",
    ];
    const escaped = inputs.map((path) => resolve(here, path).replaceAll(" ", "\\ "));
    write(`${cpp}.d`, `${values.cpp}: ${escaped.join(" ")}\n`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main();
