// Octets as they are: sixteen to a line, with their place before them and their ASCII behind.
import type {Line} from "./lines.ts";

const PER_LINE = 16;

export function hexDigits(octets: Uint8Array): string {
    return Array.from(octets, (octet) => octet.toString(16).padStart(2, "0")).join("");
}

export function hexLines(octets: Uint8Array): Line[] {
    const lines: Line[] = [];
    for (let at = 0; at < octets.length; at += PER_LINE) {
        const part = octets.subarray(at, at + PER_LINE);
        const digits = hexDigits(part).match(/../g)!;
        const left = digits.slice(0, 8).join(" ");
        const right = digits.slice(8).join(" ");
        const ascii = Array.from(part, (octet) =>
            octet >= 0x20 && octet < 0x7f ? String.fromCharCode(octet) : ".",
        ).join("");
        lines.push({
            depth: 0,
            tokens: [
                {kind: "comment", text: `${at.toString(16).padStart(8, "0")}  `},
                {kind: "plain", text: `${left}  ${right}`.padEnd(3 * PER_LINE) + "  "},
                {kind: "string", text: ascii},
            ],
        });
    }
    return lines;
}
