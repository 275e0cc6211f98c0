// gzip and deflate, unpacked by the browser itself, and never to more than OUTPUT_MAX: a small body may unfold to
// gigabytes.

export const OUTPUT_MAX = 8 * 1024 * 1024;

export interface Unpacked {
    octets: Uint8Array;
    /** There was more than OUTPUT_MAX. */
    cut: boolean;
}

/** Throws when it is not that format, or damaged. */
export async function unpack(
    octets: Uint8Array,
    format: "gzip" | "deflate" | "deflate-raw",
): Promise<Unpacked> {
    const source = new Blob([octets as BlobPart])
        .stream()
        .pipeThrough(new DecompressionStream(format));
    const reader = source.getReader();
    const parts: Uint8Array[] = [];
    let length = 0;
    for (;;) {
        const {done, value} = await reader.read();
        if (done) return {octets: joined(parts, length), cut: false};
        parts.push(value);
        length += value.length;
        if (length > OUTPUT_MAX) {
            await reader.cancel();
            return {octets: joined(parts, length).subarray(0, OUTPUT_MAX), cut: true};
        }
    }
}

function joined(parts: readonly Uint8Array[], length: number): Uint8Array {
    const all = new Uint8Array(length);
    let at = 0;
    for (const part of parts) {
        all.set(part, at);
        at += part.length;
    }
    return all;
}

export function looksGzipped(octets: Uint8Array): boolean {
    return octets.length > 10 && octets[0] === 0x1f && octets[1] === 0x8b && octets[2] === 8;
}
